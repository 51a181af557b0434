"""The page in place of the graph before an expression is typed."""

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QLabel, QPushButton, QVBoxLayout, QWidget


class EmptyPage(QWidget):
    """An invitation and a few examples. chosen: the text of an example."""

    chosen = Signal(str)

    def __init__(self, examples: Sequence[tuple[str, str]], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("emptyPage")
        column = QVBoxLayout(self)
        column.setSpacing(10)
        column.addStretch(2)
        head = QLabel("Type an expression")
        head.setProperty("role", "large")
        head.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        text = QLabel(
            "TensorFlow builds its graph, and you follow the backward pass step by step.\nOr begin with one of these:"
        )
        text.setProperty("role", "muted")
        for label in (head, text):
            label.setWordWrap(True)
        text.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        column.addWidget(head)
        column.addWidget(text)
        for number, (title, example) in enumerate(examples):
            button = QPushButton(f"{example}      {title}")
            button.setObjectName(f"emptyExample_{number}")
            button.setToolTip(title)
            button.clicked.connect(lambda _checked=False, example=example: self.chosen.emit(example))
            column.addWidget(button, 0, Qt.AlignmentFlag.AlignHCenter)
        column.addStretch(3)
