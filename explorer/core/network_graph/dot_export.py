"""A visible graph in Graphviz's language, with open groups as clusters."""

from explorer.core.network_graph.graph import ROOT
from explorer.core.network_graph.search import shape_text
from explorer.core.network_graph.visible_graph import ENTRY_PREFIX, EXIT_PREFIX, VisibleGraph, VisibleNode


def dot_text(name: str, visible: VisibleGraph) -> str:
    """Return a visible graph as a digraph; the label of an edge is its shape and dtype, or the number of its edges."""
    lines = [f"digraph {_quoted(name)} {{", "  rankdir=LR; node [shape=box, style=rounded];"]
    content: dict[str, list[VisibleNode]] = {}
    for node in visible.nodes:
        content.setdefault(node.container, []).append(node)

    def add(container: str, depth: int) -> None:
        indent = "  " * depth
        for node in content.get(container, []):
            if node.kind == "open":
                lines.append(f"{indent}subgraph {_quoted(f'cluster_{node.id}')} {{ label={_quoted(node.title)};")
                add(node.id, depth + 1)
                lines.append(f"{indent}}}")
            elif node.kind in ("entry", "exit"):
                lines.append(f'{indent}{_quoted(node.id)} [shape=point, label=""];')
            else:
                second = f"{node.name}, {node.ops} ops" if node.kind == "group" else node.name
                label = _quoted(f"{node.title}|{second}", newline=True)
                lines.append(f"{indent}{_quoted(node.id)} [label={label}];")

    add(ROOT, 1)
    opened = set(visible.open)
    for edge in visible.edges:
        # A cluster is not a node: an edge of a cluster is drawn from or to its port.
        source = f"{EXIT_PREFIX}{edge.source}" if edge.source in opened else edge.source
        target = f"{ENTRY_PREFIX}{edge.target}" if edge.target in opened else edge.target
        label = f"{edge.count} edges" if edge.count > 1 else f"{shape_text(edge.shape, '×')} {edge.dtype}"
        style = "" if edge.kind == "forward" else ", style=dashed"
        lines.append(f"  {_quoted(source)} -> {_quoted(target)} [label={_quoted(label)}{style}];")
    return "\n".join([*lines, "}", ""])


def _quoted(text: str, newline: bool = False) -> str:
    """Return a quoted string of the language; with ``newline`` the first "|" becomes a line break."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped.replace("|", chr(92) + "n", 1) if newline else escaped}"'
