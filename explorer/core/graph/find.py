"""Finds what a picture shows: symbols and names as they stand on it, and what TensorFlow calls its ops and tensors."""

from collections.abc import Iterator

from explorer.core.autodiff.trace import GradientNode, GraphNode, Trace
from explorer.core.graph.picture import OUTPUT_ID, Box, Picture
from explorer.core.ops.table import op_table, ops_by_type

TYPED_SYMBOLS = {"×": "*", "÷": "/", "−": "-", "·": "*", "π": "pi"}
"""What is typed for symbols that keyboards lack."""


def find_in_picture(picture: Picture, trace: Trace, text: str) -> list[tuple[str, str]]:
    """Return ``("node", op)`` for each box, and ``("edge", tensor)`` for each tensor, that ``text`` names.

    Compared are symbol, name, type, aliases of the function, defined name and formula of a box, and the names of
    tensors. Boxes that are called so exactly come first, then those whose name contains the text.
    """
    wanted = _normalized(text)
    if not wanted:
        return []
    tensors = {link.tensor for link in picture.links if link.kind == "forward" and link.tensor}
    if ":" in wanted:
        return [("edge", tensor) for tensor in sorted(tensors) if tensor.lower() == wanted]
    nodes: dict[str, GraphNode | GradientNode] = {**trace.nodes_by_name}
    nodes |= {node.id: node for node in trace.gradient_nodes}
    found: list[tuple[bool, tuple[str, str]]] = []
    for box in picture.boxes:
        names = [_normalized(name) for name in _names(box, nodes.get(box.id)) if name]
        if any(wanted in name for name in names):
            selection = ("edge", trace.output) if box.id == OUTPUT_ID else ("node", box.id)
            found.append((wanted not in names, selection))
    return [selection for _, selection in sorted(found, key=lambda match: match[0])]


def _normalized(text: str) -> str:
    """Return a text without spaces and in small letters."""
    return "".join(text.split()).lower()


def _names(box: Box, node: GraphNode | GradientNode | None) -> Iterator[str]:
    yield box.symbol
    yield "".join(TYPED_SYMBOLS.get(letter, letter) for letter in box.symbol)
    if node is None:
        return
    yield from (box.name, box.id, node.type)
    if isinstance(node, GraphNode):
        yield from (node.defines or "", node.formula or "", node.function or "")
        row = op_table().get(node.function or "") or ops_by_type().get(node.type)
        if row is not None:
            yield from (row.name, *row.aliases)
