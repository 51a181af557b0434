"""The explanation of one weight: its gradient, the images that contribute most, and the optimizer's step."""

import numpy as np
from PySide6.QtCore import QPointF, QRectF, QSignalBlocker, Qt
from PySide6.QtGui import QPainter, QPen
from PySide6.QtWidgets import QLabel, QScrollArea, QSizePolicy, QVBoxLayout, QWidget

from explorer.core.number_format import format_full, format_number, format_power
from explorer.core.protocol.models import ExplainWeightReply
from explorer.core.weights.optimizer_step_text import OPTIMIZER_NAMES, gradient_sum_text, optimizer_step_lines
from explorer.session.weights.gradient_explanation import GradientExplanationSession
from explorer.views.painting.array_images import grey_image
from explorer.views.theme.theme import MONO, SANS, Theme, font
from explorer.views.widgets.fields.spin_boxes import IntegerSpinBox
from explorer.views.widgets.labels import make_label
from explorer.views.widgets.painted_widget import PaintedWidget

HINT = "Click a weight in the picture, or point at it with the arrow keys and press Enter, to see what pushes it."

NO_BATCHES = "A network from a file has no batches to learn from, so nothing pushes its weights here."

COMPUTING = "TensorFlow goes back through the network."

DROPOUT_NOTE = "Dropout left out other units here than it will in training."


class SharesView(PaintedWidget):
    """Shows the share of each image in the gradient as a bar, and the images with the largest shares."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("sharesView")
        self.setAccessibleName("Each image's share in the gradient, and the five that push hardest")
        self.setToolTip("A bar for each image of the batch, and the five images that push hardest")
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.shown: ExplainWeightReply | None = None
        self.setScale(1.0)

    def setExplanation(self, shown: ExplainWeightReply | None) -> None:
        """Show an explanation, or nothing for None."""
        self.shown = shown
        self.update()

    def setScale(self, scale: float) -> None:
        """Set the scale of the texts."""
        self._scale = scale
        self.setFixedHeight(round(172 * scale))

    def paint(self, painter: QPainter, theme: Theme) -> None:
        """Paint the bars and the images below them."""
        shown = self.shown
        if shown is None:
            return
        shares = np.asarray(shown["shares"], float)
        low, high = min(float(shares.min()), 0.0), max(float(shares.max()), 0.0)
        area = QRectF(0, 4, self.width(), 64 * self._scale)
        bar_width, unit = area.width() / len(shares), area.height() / ((high - low) or 1.0)
        zero = area.top() + high * unit
        hardest = set(np.asarray(shown["hardest"]).tolist())
        for index, share in enumerate(shares.tolist()):
            length = unit * share
            box = QRectF(index * bar_width, zero - max(length, 0.0), max(bar_width - 1, 0.6), max(abs(length), 0.6))
            painter.fillRect(box, theme.gradient if index in hardest else theme.muted)
        painter.setPen(QPen(theme.border, 1))
        painter.drawLine(QPointF(0, zero), QPointF(area.right(), zero))
        painter.setFont(font(SANS, 11 * self._scale))
        painter.setPen(theme.muted)
        line = painter.fontMetrics().height()
        painter.drawText(
            QRectF(0, area.bottom() + 4, self.width(), line), 0, "Hardest: share of g, digit, its probability"
        )
        self._paint_images(painter, theme, shown, area.bottom() + 8 + line)

    def _paint_images(self, painter: QPainter, theme: Theme, shown: ExplainWeightReply, top: float) -> None:
        count = max(len(shown["hardest"]), 1)
        column_width = self.width() / 5
        side = min(column_width - 6, 52 * self._scale)
        painter.setFont(font(SANS, 10.5 * self._scale))
        line = painter.fontMetrics().height()
        for number in range(count):
            left = number * column_width
            painter.drawImage(QRectF(left, top, side, side), grey_image(shown["images"][number]))
            share = float(shown["shares"][int(shown["hardest"][number])])
            painter.setPen(theme.gradient)
            painter.drawText(QRectF(left, top + side + 1, column_width, line), 0, format_power(share, 2))
            painter.setPen(theme.muted)
            text = f"a {int(shown['labels'][number])}: {100 * float(shown['confidences'][number]):.0f} %"
            painter.drawText(QRectF(left, top + side + 1 + line, column_width, line), 0, text)


class GradientExplanationView(QScrollArea):
    """Shows the explanation of the session and requests other batches."""

    def __init__(self, session: GradientExplanationSession, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("explainView")
        self.setAccessibleName("What pushes one weight")
        self.setWidgetResizable(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setProperty("clear", True)
        self.viewport().setProperty("clear", True)
        self._session = session
        inner = QWidget()
        inner.setProperty("clear", True)
        column = QVBoxLayout(inner)
        column.setContentsMargins(0, 0, 4, 0)
        column.setSpacing(5)
        self._weight = self._add_label(column, "explainWeight", "heading")
        self._gradient = self._add_label(column, "explainGradient", "gradientLarge")
        self._batch = IntegerSpinBox("batchSpin")
        self._batch.setPrefix("batch ")
        self._batch.setToolTip("Which batch of the epoch pushes the weight")
        self._batch.setAccessibleName("Batch of the epoch")
        self._batch.setKeyboardTracking(False)
        self._batch.valueChanged.connect(session.set_batch)
        column.addWidget(self._batch)
        self.shares = SharesView()
        column.addWidget(self.shares)
        self._sum = self._add_label(column, "explainSum", "")
        self._head = self._add_label(column, "explainOptimizer", "heading")
        self._step = self._add_label(column, "explainStep", "")
        self._note = self._add_label(column, "explainNote", "muted")
        column.addStretch(1)
        self.setWidget(inner)
        self._theme: Theme | None = None
        self._scale = 1.0
        session.changed.connect(self._show)
        self._show()

    def setTheme(self, theme: Theme) -> None:
        """Use the theme's colours."""
        self._theme = theme
        self.shares.setTheme(theme)
        self._show()

    def setScale(self, scale: float) -> None:
        """Set the scale of the texts."""
        self._scale = scale
        self.shares.setScale(scale)
        self._show()

    def _add_label(self, column: QVBoxLayout, name: str, role: str) -> QLabel:
        label = make_label(role, name, wraps=True)
        column.addWidget(label)
        return label

    def _show(self) -> None:
        session, shown = self._session, self._session.shown
        has_explanation = shown is not None
        for widget in (self._gradient, self._batch, self.shares, self._sum, self._head, self._step):
            widget.setVisible(has_explanation)
        self.shares.setExplanation(shown)
        if shown is None:
            chosen = session.chosen
            self._weight.setText("One weight" if chosen is None else f"{chosen[1]}{list(chosen[2])}")
            hint = HINT if session.has_batches else NO_BATCHES
            self._note.setText(session.message or (hint if chosen is None else COMPUTING))
            self._note.setVisible(True)
            return
        self._weight.setText(f"w = {shown['array']}{shown['index']} = {format_full(np.float32(shown['weight']))}")
        self._gradient.setText(f"gradient g = {format_number(shown['gradient'], 5)}")
        with QSignalBlocker(self._batch):
            self._batch.setRange(0, int(shown["batches"]) - 1)
            self._batch.setValue(int(shown["batch"]))
            following = ", the next" if shown["is_next"] else ""
            self._batch.setSuffix(f" of epoch {int(shown['epoch']) + 1}{following}")
        shares = np.asarray(shown["shares"])
        self.shares.setVisible(bool(np.any(shares)))
        self._sum.setText(
            gradient_sum_text(float(shares.sum(dtype=float)), shown["penalty"], shown["gradient"], len(shares))
        )
        self._head.setText(f"The step of {OPTIMIZER_NAMES[shown['optimizer_step']['optimizer']]}")
        self._step.setText(self._rich_text(shown))
        self._note.setText(DROPOUT_NOTE if shown["has_dropout"] else "")
        self._note.setVisible(bool(shown["has_dropout"]))

    def _rich_text(self, shown: ExplainWeightReply) -> str:
        """Return the formulas as rich text, each followed by its numbers."""
        lines = optimizer_step_lines(shown["gradient"], shown["weight"], shown["optimizer_step"])
        if len(lines) == 1:
            return lines[0]
        muted = self._theme.muted.name() if self._theme is not None else "grey"
        blocks = []
        for line in lines:
            is_number = line.startswith("=")
            colour = "" if is_number else f"color:{muted};"
            weight = "font-weight:bold;" if line is lines[-1] else ""
            blocks.append(f"<div style='{colour}{weight}margin-top:{0 if is_number else 4}px'>{line}</div>")
        size = round(11.5 * self._scale)
        return f"<div style=\"font-family:'{MONO}';font-size:{size}px\">{''.join(blocks)}</div>"
