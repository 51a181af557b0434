"""Writes a graph to a file: SVG, PNG, PDF, or Graphviz's DOT."""

from pathlib import Path

from explorer.core.atomic_write import atomic_write
from explorer.core.autodiff.concept_trace import concept_at
from explorer.core.autodiff.output_heading import heading_text
from explorer.core.autodiff.trace import Trace, Values
from explorer.core.graph.picture import Picture, concept_picture, full_picture
from explorer.core.number_format import format_value
from explorer.session.autodiff.view_state import ExpressionViewState
from explorer.views.graph.graph_view import GraphView
from explorer.views.theme.theme import Theme


def save_graph(
    trace: Trace, values: Values, target: Path, *, step: int = 0, depth: str = "concept", theme: Theme
) -> None:
    """Write the graph at a step of the backward pass; the suffix of ``target`` is the format.

    Raises OSError or ValueError.
    """
    if depth == "concept":
        trace, step = concept_at(trace, step)
    if target.suffix.lower() == ".dot":
        picture = full_picture(trace) if depth == "full" else concept_picture(trace)
        with atomic_write(target) as part:
            part.write_text(dot_text(picture, trace, values, step), encoding="utf-8")
        return
    view = GraphView()
    view.setState(ExpressionViewState(trace=trace, values=values, step=step, depth=depth, theme=theme.name))
    view.save(str(target))


def dot_text(picture: Picture, trace: Trace, values: Values, step: int) -> str:
    """Return the picture in the DOT language: values on the nodes, tensors and gradients so far on the edges."""

    def quoted(text: str) -> str:
        return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'

    lines = [f"digraph {quoted(heading_text(trace))} {{", "  node [shape=box, style=rounded];"]
    for box in picture.boxes:
        value = f"\n{format_value(values[box.tensor])}" if box.tensor is not None and box.tensor in values else ""
        label = f"{box.symbol}\n{box.name}{value}" if box.name else box.symbol
        lines.append(f"  {quoted(box.id)} [label={quoted(label)}];".replace("\n", "\\n"))
    for link in picture.links:
        style = "" if link.kind == "forward" else ", style=dashed"
        lines.append(f"  {quoted(link.source)} -> {quoted(link.target)} [label={quoted(link.tensor)}{style}];")
        if link.gradient is not None and link.step <= step:
            number = f" = {format_value(values[link.gradient])}" if link.gradient in values else ""
            label = quoted(link.gradient + number)
            lines.append(
                f"  {quoted(link.target)} -> {quoted(link.source)} [label={label}, style=dashed, constraint=false];"
            )
    return "\n".join([*lines, "}", ""])
