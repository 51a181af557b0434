"""A view of a training graph in Graphviz's language, open groups as clusters."""

from explorer.core.network_graph.graph import ROOT
from explorer.core.network_graph.search import shape_text
from explorer.core.network_graph.visible_graph import VisibleGraph, VisibleNode


def dot_text(name: str, visible: VisibleGraph) -> str:
    """Return the view as a directed graph; edges say how many they are, or what shape they carry."""
    lines = [f"digraph {_quoted(name)} {{", "  rankdir=LR; node [shape=box, style=rounded];"]
    inside: dict[str, list[VisibleNode]] = {}
    for node in visible.nodes:
        inside.setdefault(node.container, []).append(node)

    def put(container: str, depth: int) -> None:
        pad = "  " * depth
        for node in inside.get(container, []):
            if node.kind == "open":
                lines.append(f"{pad}subgraph {_quoted(f'cluster_{node.id}')} {{ label={_quoted(node.title)};")
                put(node.id, depth + 1)
                lines.append(f"{pad}}}")
            elif node.kind in ("entry", "exit"):
                lines.append(f'{pad}{_quoted(node.id)} [shape=point, label=""];')
            else:
                told = f"{node.name}, {node.ops} ops" if node.kind == "group" else node.name
                lines.append(f"{pad}{_quoted(node.id)} [label={_quoted(f'{node.title}|{told}', newline=True)}];")

    put(ROOT, 1)
    opened = set(visible.open)
    for edge in visible.edges:
        # A cluster is no node: an edge of one is an edge of its port.
        source = f"<{edge.source}" if edge.source in opened else edge.source
        target = f">{edge.target}" if edge.target in opened else edge.target
        label = f"{edge.count} edges" if edge.count > 1 else f"{shape_text(edge.shape, '×')} {edge.dtype}"
        style = "" if edge.kind == "forward" else ", style=dashed"
        lines.append(f"  {_quoted(source)} -> {_quoted(target)} [label={_quoted(label)}{style}];")
    return "\n".join([*lines, "}", ""])


def _quoted(text: str, newline: bool = False) -> str:
    safe = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{safe.replace("|", chr(92) + "n", 1) if newline else safe}"'
