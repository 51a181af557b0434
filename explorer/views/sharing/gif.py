"""The backward pass as an animated GIF: for each step, its formula and the graph below it."""

import io
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import QPointF, QRectF, QSizeF, Qt
from PySide6.QtGui import QColor, QImage, QPainter

from explorer.core.atomic_write import atomic_write
from explorer.core.autodiff.chain_rule_text import FormulaLine, chain_lines, opening_line
from explorer.core.autodiff.concept_trace import concept_trace
from explorer.core.autodiff.trace import Trace, Values
from explorer.core.latex_to_svg import FONT_SIZE_PX, Formula, typeset
from explorer.session.autodiff.view_state import ExpressionViewState
from explorer.views.graph.graph_view import GraphView
from explorer.views.painting.formula_outlines import formula_path
from explorer.views.theme.theme import MATH, SANS, Theme, font

SCALE = 1.5
"""Number of pixels of the GIF for each pixel of the screen."""

HEADER_HEIGHT_PX, MIN_WIDTH_PX = 84.0, 420.0
"""Height of the header with formula and step, and smallest width of a frame, in pixels of the screen."""

STEP_DURATION_MS, LAST_STEP_DURATION_MS = 1600, 4000
"""Durations of a step and of the last one."""


def frames(trace: Trace, values: Values, theme: Theme, digits: int = 4) -> Iterator[QImage]:
    """Yield the frame of each step, from the start; all have the same size."""
    view, trace = GraphView(), concept_trace(trace)
    state = ExpressionViewState(trace=trace, values=values, theme=theme.name, digits=digits)
    for step in range(len(trace.steps) + 1):
        view.setState(replace(state, step=step))
        graph = view.drawing()
        size = QSizeF(max(graph.size.width(), MIN_WIDTH_PX), graph.size.height() + HEADER_HEIGHT_PX)
        image = QImage((size * SCALE).toSize(), QImage.Format.Format_RGB32)
        image.fill(theme.panel)
        image.setDevicePixelRatio(SCALE)
        painter = QPainter(image)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        _paint_header(painter, QRectF(0, 0, size.width(), HEADER_HEIGHT_PX), trace, step, theme)
        left = (size.width() - graph.size.width()) / 2
        graph.draw(painter, QRectF(QPointF(left, HEADER_HEIGHT_PX), graph.size))
        painter.end()
        yield image


def save_gif(images: Sequence[QImage], target: Path) -> None:
    """Write frames as an endless animation, atomically; raises OSError."""
    from PIL import Image

    made = []
    for image in images:
        plain = image.convertToFormat(QImage.Format.Format_RGB888)
        line = plain.bytesPerLine()
        size = (plain.width(), plain.height())
        made.append(Image.frombuffer("RGB", size, bytes(plain.constBits()), "raw", "RGB", line, 1))
    # One palette for all frames avoids flicker; the last frame contains all colours.
    palette = made[-1].quantize(128)
    flat = [one.quantize(palette=palette, dither=Image.Dither.NONE) for one in made]
    data = io.BytesIO()
    durations = [STEP_DURATION_MS] * (len(flat) - 1) + [LAST_STEP_DURATION_MS]
    flat[0].save(data, "GIF", save_all=True, append_images=flat[1:], duration=durations, loop=0, optimize=True)
    with atomic_write(target) as part:
        part.write_bytes(data.getvalue())


def _step_formula(trace: Trace, step: int) -> FormulaLine:
    """Return the first formula of a step that yields a gradient."""
    if not step:
        return opening_line(trace)
    done = trace.steps[step - 1]
    lines = chain_lines(trace, done)
    given = (line for line, slot in zip(lines, done.inputs, strict=False) if slot.gradient_tensor is not None)
    return next(given, lines[0])


def _paint_header(painter: QPainter, box: QRectF, trace: Trace, step: int, theme: Theme) -> None:
    """Paint the formula of a step, scaled to fit, and the number of the step."""
    line = _step_formula(trace, step)
    parts = [(typeset(latex) or latex, role) for latex, role in line.parts]
    width = sum(part.width if isinstance(part, Formula) else 0.5 * FONT_SIZE_PX * len(part) for part, _ in parts)
    width += 8 * (len(parts) - 1)
    scale = min(1.0, (box.width() - 40) / max(width, 1.0))
    x, baseline = box.left() + 20, box.top() + 38
    for part, role in parts:
        width = (part.width if isinstance(part, Formula) else 0.5 * FONT_SIZE_PX * len(part)) * scale
        colour = theme.gradient if role == "current" else theme.text
        if isinstance(part, Formula):
            painter.save()
            painter.translate(x, baseline)
            painter.scale(scale, scale)
            painter.fillPath(formula_path(part), colour)
            painter.restore()
        else:
            painter.setFont(font(MATH, FONT_SIZE_PX * 0.8 * scale))
            painter.setPen(colour)
            painter.drawText(QPointF(x, baseline), part)
        if role == "current":
            painter.fillRect(QRectF(x, baseline + 12 * scale, width, 2.5), colour)
        x += width + 8 * scale
    _paint_caption(painter, box, f"Step {step} of {len(trace.steps)}" if step else "Backward pass", theme.muted)


def _paint_caption(painter: QPainter, box: QRectF, text: str, colour: QColor) -> None:
    painter.setFont(font(SANS, 14))
    painter.setPen(colour)
    place = box.adjusted(20, 0, -20, -6)
    painter.drawText(place, Qt.AlignmentFlag.AlignLeft.value | Qt.AlignmentFlag.AlignBottom.value, text)
