"""The bar under the graph: buttons for the steps of a pass, and the current step."""

from PySide6.QtCore import QSize, QTimer, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QCheckBox, QComboBox, QLabel, QPushButton, QSizePolicy, QWidget

from explorer.views.theme.icons import icon
from explorer.views.theme.theme import Theme
from explorer.views.widgets.fields.wheel import leave_wheel_to_page
from explorer.views.widgets.flow_row import FlowRow

STEP_INTERVALS_MS = {"slow": 3000, "normal": 1500, "fast": 700}
"""Time between two steps while playing, by the name of the speed."""


class StepBar(QWidget):
    """Requests steps by signals, and shows the step that is set.

    prefix: beginning of the object names of its parts. quiz: whether it has a box for hiding numbers.
    """

    firstRequested = Signal()
    backRequested = Signal()
    forwardRequested = Signal()
    lastRequested = Signal()
    quizToggled = Signal(bool)

    def __init__(self, parent: QWidget | None = None, *, prefix: str = "", quiz: bool = True) -> None:
        super().__init__(parent)

        def named(name: str) -> str:
            return f"{prefix}{name[0].upper()}{name[1:]}" if prefix else name

        self.setObjectName(named("stepBar"))
        self.setProperty("stepBar", True)
        self._has_quiz = quiz
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self._playing = QTimer(self)
        self._playing.timeout.connect(self.forwardRequested)
        self._buttons: dict[str, QPushButton] = {}
        self._row = row = FlowRow(self)
        row.setContentsMargins(10, 4, 10, 7)
        row.setSpacing(8)
        for name, text, tooltip, request in (
            ("first", "", "To the start of the pass (Ctrl+Home)", self.firstRequested),
            ("back", "", "One step back (Page Up)", self.backRequested),
            ("play", "Play", "Play the steps one after another (Ctrl+Space)", None),
            ("forward", "Step", "Next step (Page Down)", self.forwardRequested),
            ("last", "", "To the end of the pass (Ctrl+End)", self.lastRequested),
        ):
            button = QPushButton(text)
            button.setObjectName(named({"play": "playButton"}.get(name, f"step{name.capitalize()}Button")))
            button.setToolTip(tooltip)
            button.setAccessibleName(tooltip.split(" (")[0])
            button.setEnabled(False)
            button.clicked.connect(request if request is not None else self.toggle_play)
            row.addWidget(button)
            self._buttons[name] = button
        self._buttons["forward"].setProperty("role", "step")
        self._texts = ("", "")  # long and short
        self._theme: Theme | None = None
        self._label = QLabel("")
        self._label.setObjectName(named("stepLabel"))
        self._label.setProperty("role", "heading")
        row.addWidget(self._label, 1)
        self._quiz = QCheckBox("Hide numbers")
        self._quiz.setObjectName(named("quizCheck"))
        self._quiz.setToolTip("Show each new number as ? until F9 (or .) reveals it: let the class say it first")
        self._quiz.toggled.connect(self.quizToggled)
        row.addWidget(self._quiz)
        self._speed = QComboBox()
        leave_wheel_to_page(self._speed)
        self._speed.setObjectName(named("speedCombo"))
        self._speed.addItems(list(STEP_INTERVALS_MS))
        self._speed.setCurrentText("normal")
        self._speed.setToolTip("How fast Play goes")
        self._speed.setAccessibleName("Speed of play")
        self._speed.currentTextChanged.connect(self._set_speed)
        row.addWidget(self._speed)

    def setStep(self, pass_: str, step: int, total: int, ready: bool) -> None:
        """Show "step k of n" of a pass; ``ready``: whether there is something to step through."""
        name = "Backward pass" if pass_ == "backward" else "Forward pass"
        at_end = step >= total
        position = "" if not ready else "no steps" if total == 0 else f"step {step} of {total}"
        texts = (f"{name} · {position}" if position else name, position or name)
        if texts != self._texts:
            self._texts = texts
            self._fit_width()
        for key in ("first", "back"):
            self._buttons[key].setEnabled(ready and step > 0)
        for key in ("forward", "last"):
            self._buttons[key].setEnabled(ready and not at_end)
        self._buttons["play"].setEnabled(ready and total > 0)
        if at_end or not ready:
            self.stop()

    def setQuiz(self, on: bool) -> None:
        """Set whether new numbers are hidden."""
        self._quiz.setChecked(on)

    def toggle_play(self) -> None:
        """Start or stop playing; at the end of the pass, playing starts at step 0."""
        if self._playing.isActive():
            self.stop()
            return
        if not self._buttons["forward"].isEnabled():
            self.firstRequested.emit()
        self._playing.start(STEP_INTERVALS_MS[self._speed.currentText()])
        self._show_playing()

    def stop(self) -> None:
        """Stop playing."""
        if self._playing.isActive():
            self._playing.stop()
            self._show_playing()

    def _set_speed(self, name: str) -> None:
        self._playing.setInterval(STEP_INTERVALS_MS[name])

    def _show_playing(self) -> None:
        self._fit_width()
        self._set_icons()

    def setTheme(self, theme: Theme) -> None:
        """Set the colours of the icons."""
        self._theme = theme
        self._set_icons()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Hide parts one after the other in a narrow window, so that the current step stays visible."""
        super().resizeEvent(event)
        self._fit_width()

    def _fit_width(self) -> None:
        long, short = self._texts
        self._show_button_texts(True)
        level = next((k for k in range(4) if self._needed_width(k) <= self.width()), 4)
        self._quiz.setVisible(level < 2 and self._has_quiz)  # F9 does the same
        self._speed.setVisible(level < 3)
        self._show_button_texts(level < 4)
        self._label.setText(short if level else long)

    def _needed_width(self, level: int) -> int:
        """Return the width needed at a level: 0 everything, 1 a short label, 2 no quiz, 3 no speed."""
        shown: list[QWidget] = list(self._buttons.values())
        if level < 2 and self._has_quiz:
            shown.append(self._quiz)
        if level < 3:
            shown.append(self._speed)
        spacing = self._row.spacing()
        widths = sum(widget.sizeHint().width() + spacing for widget in shown)
        return widths + self._label.fontMetrics().horizontalAdvance(self._texts[level > 0]) + 2 * 10 + 16

    def _show_button_texts(self, on: bool) -> None:
        for name, text in (("play", self._play_text()), ("forward", "Step")):
            self._buttons[name].setText(text if on else "")

    def _play_text(self) -> str:
        return "Pause" if self._playing.isActive() else "Play"

    def _set_icons(self) -> None:
        theme = self._theme
        if theme is None:
            return
        for name, button in self._buttons.items():
            shape = "pause" if name == "play" and self._playing.isActive() else name
            colour = theme.on_gradient if name == "forward" else theme.text
            button.setIcon(icon(shape, colour.name(), theme.disabled.name()))

    def setScale(self, scale: float) -> None:
        """Set the scale of the icons."""
        for button in self._buttons.values():
            button.setIconSize(QSize(round(18 * scale), round(18 * scale)))
        self._fit_width()
