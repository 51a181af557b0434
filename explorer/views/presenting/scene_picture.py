"""A small picture of the next scene, painted offscreen while nothing else happens."""

from collections import OrderedDict
from pathlib import Path

from PySide6.QtCore import QObject, QSize, Qt, Signal
from PySide6.QtGui import QPixmap
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from explorer.core.autodiff.visible_steps import step_count
from explorer.core.expression.parser import parse
from explorer.core.lessons.lesson import Scene
from explorer.session.autodiff.view_state import ExpressionViewState
from explorer.session.lessons.prefetch import PrefetchedScene
from explorer.session.timers import single_shot_timer
from explorer.views.autodiff.chain_rule_panel import ChainRulePanel
from explorer.views.feature import Shell
from explorer.views.graph.graph_view import GraphView
from explorer.views.help.markdown_view import MarkdownView
from explorer.views.lessons.controller import LessonController
from explorer.views.theme.theme import Theme
from explorer.views.widgets.labels import make_label
from explorer.views.widgets.text_size import presented_text_px

IDLE_MS = 400
"""Time without a change of the scene after which a picture is painted, so that it slows no change down."""

MAX_PICTURES = 60
"""Number of pictures that are kept, the latest ones."""

PAGE_SIZE = QSize(1280, 720)
"""Size at which a scene is painted that nobody has seen yet."""

PICTURE_WIDTH_PX = 480
"""Width of the pictures that are kept."""

TEXT_SHARE = 0.32
"""Share of the width that the text for the class has."""

TAB_TEXTS = {
    "data": "The tab Data, with the images.",
    "training": "The tab Training, with its curves.",
    "weights": "The tab Weights.",
    "activations": "The tab Activations.",
    "network": "The tab Network.",
}
"""What stands in the place of a tab that cannot be painted in advance: its network is not trained yet."""


class _ScenePage(QWidget):
    """A scene as the class will see it: the text, the chain rule and the graph. It is never shown."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.hide()
        row = QHBoxLayout(self)
        left, right = QVBoxLayout(), QVBoxLayout()
        self._title = make_label("huge", wraps=True, plain=True)
        self._text = MarkdownView()
        self._tab = make_label("huge", wraps=True)
        self._tab.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._chain = ChainRulePanel()
        self._graph = GraphView()
        self._graph.setAnimated(False)
        for part in (self._text, self._chain, self._graph, *self.findChildren(QWidget)):
            part.setObjectName("")  # names are those of the widgets that are seen
        for part, column in ((self._title, left), (self._text, left), (self._chain, right)):
            column.addWidget(part)
        right.addWidget(self._graph, 1)
        right.addWidget(self._tab, 1)
        row.addLayout(left, round(100 * TEXT_SHARE))
        row.addLayout(right, round(100 * (1 - TEXT_SHARE)))

    def setLook(self, theme: Theme, scale: float) -> None:
        """Use a theme and a scale."""
        for part in (self._text, self._chain):
            part.setTheme(theme)
        self._text.setPixelSize(presented_text_px(scale))
        self._graph.setScale(scale)
        self._chain.setScale(scale)
        self._chain.setPresenting(True)
        self._chain.setMaxPresentedHeight(PAGE_SIZE.height() // 3)

    def setScene(self, scene: Scene, text: str, folder: Path, shown: PrefetchedScene | None, theme: Theme) -> None:
        """Show a scene; shown: what its graph shows, None for a scene without a graph."""
        self._title.setText(scene.title)
        self._text.setMarkdownText(text, folder)
        self._tab.setText(TAB_TEXTS.get(scene.view_state["tab"], ""))
        self._tab.setVisible(shown is None)
        for part in (self._chain, self._graph):
            part.setVisible(shown is not None)
        self.resize(PAGE_SIZE)
        layout = self.layout()
        assert layout is not None
        layout.activate()
        if shown is not None:
            view = shown.view_state
            state = ExpressionViewState(
                text=view["expression"],
                program=parse(view["expression"]),
                trace=shown.trace,
                whole=shown.trace,
                values=shown.values,
                pass_=view["pass"],
                step=shown.step,
                total_steps=step_count(shown.trace, view["pass"]),
                quiz=bool(shown.hidden),
                hidden=shown.hidden,
                depth=view["depth"],
                direction=view["direction"],
                simplified=shown.simplified,
                theme=theme.name,
            )
            self._chain.setState(state)
            self._graph.setState(state)

    @property
    def is_ready(self) -> bool:
        """Whether all formulas are typeset."""
        return self._text.is_ready and all(label.is_ready for label in self._chain.formulas)


class ScenePictures(QObject):
    """Keeps pictures of scenes: as the class saw them, else painted from what was prefetched.

    changed: there is another picture of the next scene. window: the lecturer's, whose style the pictures have.
    """

    changed = Signal()

    def __init__(self, shell: Shell, window: QWidget) -> None:
        super().__init__(window)
        self._window = window
        self._shell = shell
        self._controller = shell.part(LessonController)
        self._lessons = self._controller.session
        self._prefetched: list[PrefetchedScene] = []
        self._pictures: OrderedDict[tuple[object, ...], QPixmap] = OrderedDict()
        self._seen: set[tuple[object, ...]] = set()  # keys of pictures of what was on the screen
        self._page: _ScenePage | None = None
        self._set: tuple[object, ...] | None = None  # the key of the scene that the page shows
        self._timer = single_shot_timer(self, self._paint, IDLE_MS)
        self._controller.prefetcher.prepared.connect(self._keep)
        self._lessons.sceneChanged.connect(self._begin)
        self._lessons.lessonChanged.connect(self._begin)
        self._begin()

    @property
    def next_picture(self) -> QPixmap | None:
        """The picture of the next scene, None while there is none."""
        return self._pictures.get(self._key(self._lessons.scene + 1))

    def _key(self, index: int) -> tuple[object, ...]:
        lesson = self._lessons.lesson
        return (lesson.key if lesson is not None else "", index, self._shell.theme.name, self._shell.scale)

    def _begin(self, *_changed: object) -> None:
        self._timer.start()
        self.changed.emit()

    def _keep(self, prefetched: PrefetchedScene) -> None:
        self._prefetched = [*self._prefetched[-3:], prefetched]
        self._timer.start()

    def _paint(self) -> None:
        """Take one picture: of the scene that is shown, then of the next one."""
        lesson, following = self._lessons.lesson, self._lessons.following
        if lesson is None:
            return
        if not self._controller.is_complete:
            self._timer.start()
            return
        key = self._key(self._lessons.scene)
        if self._shell.is_presenting and key not in self._seen:
            self._seen.add(key)
            self._add(key, self._shell.window().grab())
            self._timer.start()
            return
        key = self._key(self._lessons.scene + 1)
        if following is None or key in self._pictures:
            return
        shown = next((one for one in self._prefetched if one.view_state == following.view_state), None)
        if shown is None and following.view_state["tab"] == "autodiff" and following.view_state["expression"]:
            return  # it is painted when it was prefetched
        if self._page is None:
            self._page = _ScenePage(self._window)
        if self._set != key:
            self._set = key
            self._page.setLook(self._shell.theme, self._shell.scale)
            self._page.setScene(following, self._lessons.following_text, lesson.folder, shown, self._shell.theme)
        if not self._page.is_ready:
            self._timer.start()
            return
        self._add(key, self._page.grab())

    def _add(self, key: tuple[object, ...], picture: QPixmap) -> None:
        small = picture.scaledToWidth(
            round(PICTURE_WIDTH_PX * picture.devicePixelRatio()), Qt.TransformationMode.SmoothTransformation
        )
        self._pictures[key] = small
        while len(self._pictures) > MAX_PICTURES:
            self._pictures.popitem(last=False)
        self.changed.emit()
