"""The graph as a file: SVG, PNG, PDF (letters as outlines, for a reader may not have the fonts), or Graphviz's DOT."""

from pathlib import Path

from PySide6.QtCore import QMarginsF, QRectF, QSize, QSizeF
from PySide6.QtGui import QImage, QPageLayout, QPageSize, QPainter, QPdfWriter
from PySide6.QtSvg import QSvgGenerator
from PySide6.QtWidgets import QGraphicsScene

from explorer.core.picture import Picture, concept_picture, full_picture
from explorer.core.trace import Trace, Values
from explorer.views.graph.stage import Stage
from explorer.views.graph.view import GraphView
from explorer.views.theme import Theme

MARGIN = 24.0
PNG_SCALE = 2.0
"""Pixels of a PNG for each of the screen."""


def save_graph(
    trace: Trace, values: Values, target: Path, *, step: int = 0, depth: str = "concept", theme: Theme
) -> None:
    """Write the graph at a backward step to ``target``; its suffix says how. Raises OSError or ValueError."""
    if target.suffix.lower() == ".dot":
        picture = full_picture(trace) if depth == "full" else concept_picture(trace)
        target.write_text(dot_text(picture, trace, values, step), encoding="utf-8")
        return
    view = GraphView()
    view.setTheme(theme)
    view.setDepth(depth)
    view.setTrace(trace, values, animate=False)
    view.setStep("backward", step)
    view.save(str(target))


def save_scene(scene: QGraphicsScene, stage: Stage, size: tuple[float, float], theme: Theme, path: str) -> None:
    """Write what is on the scene; raises OSError if the file cannot be written, ValueError for another format."""
    source = QRectF(-MARGIN, -MARGIN, size[0] + 2 * MARGIN, size[1] + 2 * MARGIN)
    kind = Path(path).suffix.lower()
    for item in stage.items():
        item.as_paths = kind in (".svg", ".pdf")
    try:
        save_drawing(lambda painter, box: scene.render(painter, box, source), source.size(), theme, path)
    finally:
        for item in stage.items():
            item.as_paths = False


def save_drawing(draw, size: QSizeF, theme: Theme, path: str) -> None:  # type: ignore[no-untyped-def]
    """Let ``draw(painter, box)`` fill a file on the theme's ground; the suffix of ``path`` says how."""
    target = Path(path)
    kind = target.suffix.lower()
    if kind not in (".svg", ".png", ".pdf"):
        raise ValueError(f"{target.name}: the name must end in .svg, .png or .pdf")
    part = target.with_name(f".{target.name}.part")
    box = QRectF(0, 0, size.width(), size.height())
    if kind == ".png":
        image = QImage((size * PNG_SCALE).toSize(), QImage.Format.Format_ARGB32_Premultiplied)
        image.fill(theme.panel)
        painter = QPainter(image)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        draw(painter, QRectF(image.rect()))
        painter.end()
        written = image.save(str(part), "PNG")
    else:
        device = _svg(part, size) if kind == ".svg" else _pdf(part, size)
        painter = QPainter()
        written = painter.begin(device)
        if written:
            whole = box if kind == ".svg" else QRectF(0, 0, device.width(), device.height())
            painter.fillRect(whole, theme.panel)
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            draw(painter, whole)
            painter.end()
    if not written:
        part.unlink(missing_ok=True)
        raise OSError(f"{target} cannot be written")
    part.replace(target)


def _svg(path: Path, size: QSizeF) -> QSvgGenerator:
    device = QSvgGenerator()
    device.setFileName(str(path))
    whole = QSize(round(size.width()), round(size.height()))
    device.setSize(whole)
    device.setViewBox(QRectF(0, 0, whole.width(), whole.height()))
    device.setTitle("Autodiff Explorer")
    return device


def _pdf(path: Path, size: QSizeF) -> QPdfWriter:
    device = QPdfWriter(str(path))
    device.setTitle("Autodiff Explorer")
    page = QPageSize(size * 0.75, QPageSize.Unit.Point, "", QPageSize.SizeMatchPolicy.ExactMatch)
    device.setPageLayout(QPageLayout(page, QPageLayout.Orientation.Portrait, QMarginsF(0, 0, 0, 0)))
    device.setResolution(300)
    return device


def dot_text(picture: Picture, trace: Trace, values: Values, step: int) -> str:
    """Return the picture in Graphviz's language: values on the nodes, tensors and gradients so far on the edges."""
    from explorer.core.numbers import format_value

    def quoted(text: str) -> str:
        return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'

    lines = [f"digraph {quoted(trace.expression)} {{", "  node [shape=box, style=rounded];"]
    for box in picture.boxes:
        value = f"\n{format_value(values[box.tensor])}" if box.tensor in values else ""
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
