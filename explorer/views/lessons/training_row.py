"""What a scene that trains says: how long it will take, how far it is, and a button where it waits to begin."""

from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QProgressBar, QPushButton, QVBoxLayout, QWidget

from explorer.session.lessons.session import LessonSession


class LessonTrainingRow(QFrame):
    """Hidden where the scene trains nothing."""

    def __init__(self, session: LessonSession, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("lessonTraining")
        self.setProperty("strip", True)
        self._session = session
        column = QVBoxLayout(self)
        column.setContentsMargins(10, 8, 10, 8)
        row = QHBoxLayout()
        self._says = QLabel(objectName="lessonTrainingLabel")
        self._says.setWordWrap(True)
        row.addWidget(self._says, 1)
        self._train = QPushButton("Train", objectName="lessonTrainButton")
        self._train.setToolTip("Train the network of this scene")
        self._train.setAccessibleName("Train the network of this scene")
        self._train.clicked.connect(session.setter.train)
        row.addWidget(self._train)
        column.addLayout(row)
        self._bar = QProgressBar(objectName="lessonProgress")
        self._bar.setTextVisible(False)
        column.addWidget(self._bar)
        training = session.setter.sessions.training
        session.sceneChanged.connect(lambda _index: self._show())
        session.setter.trainingChanged.connect(self._show)
        training.progressChanged.connect(self._show)
        self._show()

    def _show(self) -> None:
        session, setter = self._session, self._session.setter
        training = setter.sessions.training
        shown = session.lesson is not None and setter.needs_training
        self.setVisible(shown)
        if not shown:
            return
        has_run = setter.has_run
        ended = training.state in ("failed", "stopped", "idle")
        self._train.setVisible(not has_run or ended)
        self._bar.setVisible(has_run and training.is_active)
        self._says.setText(self._words())
        total = max(training.total_epochs * training.steps, 1)
        self._bar.setRange(0, total)
        self._bar.setValue(min(training.epoch * training.steps + training.step, total))

    def _words(self) -> str:
        session, setter = self._session, self._session.setter
        training = setter.sessions.training
        what, takes = session.network_words(), f"about {max(session.duration(), 1):.0f} s"
        if not setter.has_run:
            if setter.waits:
                return f"This scene trains {what}, {takes}. A run of yours is under way; it would end."
            return f"This scene trains {what}: {takes}."
        if training.state == "finished":
            return f"{what.capitalize()}: trained. It stays while you go on."
        if training.state == "failed":
            return training.message
        if training.state == "stopped":
            return f"The training of {what} was stopped."
        done = f"epoch {training.epoch + 1} of {training.total_epochs}" if training.steps else takes
        return f"Trains {what}: {done}. You can go on meanwhile, and come back."
