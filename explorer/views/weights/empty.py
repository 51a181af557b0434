"""What stands in the tab "Weights" while there is no network to look into."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QLabel, QPushButton, QVBoxLayout, QWidget


class EmptyWeights(QWidget):
    """A sentence, and the way to a network."""

    trainingAsked = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("emptyWeights")
        column = QVBoxLayout(self)
        column.setSpacing(12)
        column.addStretch(2)
        head = QLabel("There is no network yet")
        head.setProperty("role", "large")
        self._why = QLabel(objectName="emptyWeightsLabel")
        self._why.setProperty("role", "muted")
        self._why.setWordWrap(True)
        for label in (head, self._why):
            label.setAlignment(Qt.AlignmentFlag.AlignHCenter)
            column.addWidget(label)
        go = QPushButton("Train a network", objectName="toTrainingButton")
        go.setProperty("role", "step")
        go.setToolTip("To the tab “Training”: choose a network there and train it")
        go.clicked.connect(lambda _checked=False: self.trainingAsked.emit())
        column.addWidget(go, 0, Qt.AlignmentFlag.AlignHCenter)
        column.addStretch(3)
        self.setSentence("")

    def setSentence(self, sentence: str) -> None:
        """Say why there is none."""
        self._why.setText(
            sentence
            or "Train one, and watch its weights move here while it learns.\n"
            "With logistic regression you see a template for each of the ten digits."
        )
