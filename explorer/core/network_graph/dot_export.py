"""A visible graph in Graphviz's language, with open groups as clusters."""

from explorer.core.network_graph.graph import ROOT
from explorer.core.network_graph.search import shape_text
from explorer.core.network_graph.visible_graph import (
    ENTRY_PREFIX,
    EXIT_PREFIX,
    VisibleEdge,
    VisibleGraph,
    VisibleNode,
)
from explorer.core.number_format import format_count


def dot_text(name: str, visible: VisibleGraph) -> str:
    """Return a visible graph as a digraph.

    The label of a box has its layer or op, the type, the shape of its output and the number of its parameters and ops;
    that of an edge the shape and dtype of what it carries.
    """
    lines = [f"digraph {_quoted(name)} {{", "  rankdir=LR; node [shape=box, style=rounded];"]
    content: dict[str, list[VisibleNode]] = {}
    for node in visible.nodes:
        content.setdefault(node.container, []).append(node)

    def add(container: str, depth: int) -> None:
        indent = "  " * depth
        for node in content.get(container, []):
            if node.kind == "open":
                title = f"{node.title} ({node.name})" if node.name else node.title
                lines.append(f"{indent}subgraph {_quoted(f'cluster_{node.id}')} {{ label={_label([title])};")
                add(node.id, depth + 1)
                lines.append(f"{indent}}}")
            elif node.kind in ("entry", "exit"):
                lines.append(f'{indent}{_quoted(node.id)} [shape=point, label=""];')
            else:
                style = ", style=dashed" if node.kind == "backward" else ""
                lines.append(f"{indent}{_quoted(node.id)} [label={_label(_box_lines(node))}{style}];")

    add(ROOT, 1)
    opened = set(visible.open)
    for edge in visible.edges:
        # A cluster is not a node: an edge of a cluster is drawn from or to its port.
        source = f"{EXIT_PREFIX}{edge.source}" if edge.source in opened else edge.source
        target = f"{ENTRY_PREFIX}{edge.target}" if edge.target in opened else edge.target
        style = "" if edge.kind == "forward" else ", style=dashed"
        lines.append(f"  {_quoted(source)} -> {_quoted(target)} [label={_label(_edge_lines(edge))}{style}];")
    return "\n".join([*lines, "}", ""])


def _box_lines(node: VisibleNode) -> list[str]:
    shape = shape_text(node.shape, "×") if node.shape is not None else ""
    if node.kind != "group":
        name = node.name if node.name != node.title else ""
        return [text for text in (node.title, name, f"{shape} {node.dtype or ''}".strip()) if text]
    counts = [format_count(node.parameters, "parameter")] if node.parameters else []
    return [text for text in (node.title, node.name, shape, ", ".join([*counts, format_count(node.ops, "op")])) if text]


def _edge_lines(edge: VisibleEdge) -> list[str]:
    others = f" and {format_count(len(edge.tensors) - 1, 'other')}" if len(edge.tensors) > 1 else ""
    first = f"{shape_text(edge.shape, '×')} {edge.dtype or ''}".strip()
    return [f"{first}{others}", *([format_count(edge.count, "edge")] if edge.count > 1 else [])]


def _label(lines: list[str]) -> str:
    r"""Return lines as a quoted label; ``\n`` stands for a new line in it, and ``&`` would begin an entity of HTML."""
    return '"' + "\\n".join(_escaped(line.replace("&", "&amp;")) for line in lines) + '"'


def _quoted(text: str) -> str:
    """Return a text as a quoted string of the language."""
    return f'"{_escaped(text)}"'


def _escaped(text: str) -> str:
    return " ".join(text.replace("\\", "\\\\").replace('"', '\\"').split("\n"))
