"""The training of a scene: expected duration, progress, and a button where it does not begin by itself."""

from PySide6.QtWidgets import QFrame, QHBoxLayout, QProgressBar, QVBoxLayout, QWidget

from explorer.session.lessons.session import LessonSession
from explorer.views.widgets.buttons import push_button
from explorer.views.widgets.labels import make_label


class LessonTrainingRow(QFrame):
    """Hidden while the scene trains no network."""

    def __init__(self, session: LessonSession, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("lessonTraining")
        self.setProperty("strip", True)
        self._session = session
        column = QVBoxLayout(self)
        column.setContentsMargins(10, 8, 10, 8)
        row = QHBoxLayout()
        self._label = make_label("", "lessonTrainingLabel", wraps=True)
        row.addWidget(self._label, 1)
        self._train = push_button("lessonTrainButton", "Train", "Train the network of this scene", session.setter.train)
        row.addWidget(self._train)
        column.addLayout(row)
        self._bar = QProgressBar()
        self._bar.setObjectName("lessonProgress")
        self._bar.setTextVisible(False)
        column.addWidget(self._bar)
        session.sceneChanged.connect(lambda _index: self._show())
        session.setter.trainingChanged.connect(self._show)
        session.setter.sessions.training.progressChanged.connect(self._show)
        self._show()

    def _show(self) -> None:
        setter = self._session.setter
        training = setter.sessions.training
        shown = self._session.lesson is not None and setter.needs_training
        self.setVisible(shown)
        if not shown:
            return
        has_run = setter.has_run
        has_ended = training.state in ("failed", "stopped", "idle")
        self._train.setVisible(not has_run or has_ended)
        self._bar.setVisible(has_run and training.is_active)
        self._label.setText(self._text())
        total = max(training.total_epochs * training.steps, 1)
        self._bar.setRange(0, total)
        self._bar.setValue(min(training.epoch * training.steps + training.step, total))

    def _text(self) -> str:
        setter = self._session.setter
        training = setter.sessions.training
        network, duration = self._session.network_text(), f"about {max(self._session.duration(), 1):.0f} s"
        if not setter.has_run:
            if setter.waits:
                return f"This scene trains {network}, {duration}. Your own run is in progress; it would end."
            return f"This scene trains {network}: {duration}."
        if training.state == "finished":
            return f"{network.capitalize()}: trained. It stays while you go on."
        if training.state == "failed":
            return training.message
        if training.state == "stopped":
            return f"The training of {network} was stopped."
        progress = f"epoch {training.epoch + 1} of {training.total_epochs}" if training.steps else duration
        return f"Training {network}: {progress}. You can go on meanwhile, and come back."
