"""Where a network's graph is looked at: all of it where that can be read, else what the user is busy with."""

from typing import Any

from PySide6.QtCore import QPointF, QVariantAnimation
from PySide6.QtWidgets import QWidget

from explorer.core.network_graph.visible_graph import VisibleGraph
from explorer.views.graph.camera import FOLLOW_ZOOM, READABLE_ZOOM
from explorer.views.graph.canvas import GraphCanvas
from explorer.views.graph.viewpoint import MIN_ZOOM, Viewpoint, fitting_viewpoint, following_viewpoint
from explorer.views.network_graph.overview import Overview
from explorer.views.network_graph.placement import PlacedGraph
from explorer.views.network_graph.scene_items import NetworkSceneItems
from explorer.views.network_graph.spatial_index import SpatialIndex

FAR = 0.3
"""Zoom below which texts cannot be read, and everything is drawn as one picture of boxes and lines."""

MOVE, SHORTEST = 140, 80
"""Milliseconds in which boxes move when a group opens or closes; fewer could not be followed."""

MANY = 300
"""Boxes up to which they are all made, and move; of more only those in view are, one after another."""

NEAREST, FARTHEST = 6.0, 0.02
"""Zooms that the wheel goes to at scale 1."""


class NetworkCamera(GraphCanvas):
    """Has the scene with its items, and knows where to look; a subclass says what is on the scene."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._stage = NetworkSceneItems(self._scene)
        self._overview = Overview()
        self._overview.hide()
        self._scene.addItem(self._overview)
        self._seen: VisibleGraph | None = None
        self._placed: PlacedGraph | None = None
        self._crowd: SpatialIndex | None = None
        self._step = 0
        self._scale = 1.0
        self._fitted, self._far = True, False
        self._anchor: str | None = None
        self._brought: str | None = None
        self._to_bring: str | None = None
        self._start_zoom = 1.0
        self._target = Viewpoint(1.0, 0.0, 0.0)
        self._move = QVariantAnimation(self, startValue=0.0, endValue=1.0, duration=MOVE)
        self._move.valueChanged.connect(self._moved)

    @property
    def steps(self) -> int:
        """The number of the last step."""
        return len(self._seen.steps) if self._seen is not None else 0

    @property
    def _moves(self) -> bool:
        return self._move.state() == QVariantAnimation.State.Running

    @property
    def isMoving(self) -> bool:
        """Whether boxes still move to their places."""
        return self._moves

    @property
    def _is_large(self) -> bool:
        """Whether there are too many boxes for all of them to be items."""
        return self._crowd is not None and len(self._crowd.nodes) > MANY

    @property
    def _is_making(self) -> bool:
        """Whether boxes are still made, and only the picture from afar can be shown."""
        return False

    @property
    def waits(self) -> bool:
        """Whether a layout is under way, and what is shown is what was there before."""
        return False

    def _moved(self, progress: Any) -> None:
        raise TypeError("a subclass moves")

    def _restyle(self) -> None:
        """Everything must be painted anew."""
        self.viewport().update()

    def fit(self) -> None:
        """Show the whole graph, until somebody zooms."""
        self._fitted = True
        self._refit(whole=True)

    def _refit(self, whole: bool = False) -> None:
        if self._placed is not None and self._fitted:
            self._target = self._whole() if whole else self._look()
            self._start_zoom = self._target.zoom
            self._look_at(self._target)

    def _whole(self) -> Viewpoint:
        """Look at all of it, however small it becomes."""
        assert self._placed is not None
        (width, height), view = self._placed.size, self.viewport().rect()
        zoom = min(
            fitting_viewpoint((width, height), view, self._scale).zoom,
            (view.width() - 24) / max(width, 1),
            (view.height() - 24) / max(height, 1),
        )
        return Viewpoint(max(zoom, 1e-3), width / 2, height / 2)

    def _look(self) -> Viewpoint:
        """Where to look after a change: at all of it if that can be read, else at what the user is busy with."""
        assert self._placed is not None
        size, view = self._placed.size, self.viewport().rect()
        if self._fitted:
            look = fitting_viewpoint(size, view, self._scale)
            if look.zoom >= READABLE_ZOOM * self._scale:
                return look
            zoom = FOLLOW_ZOOM * self._scale
            return following_viewpoint(size, view, zoom, self._focus() or self._beginning())
        zoom = self.transform().m11()
        anchor, self._anchor = self._anchor, None
        if anchor is not None and anchor in self._placed.centres:
            x, y = self._placed.centres[anchor]
            return Viewpoint(zoom, x, y)
        middle = self.mapToScene(view.center())
        return Viewpoint(zoom, middle.x(), middle.y())

    def _focus(self) -> tuple[float, float] | None:
        """The middle of what was brought into view last: the current step, or the selection."""
        if self._placed is None or self._seen is None:
            return None
        return self._placed.centres.get(self._brought) if self._brought is not None else None

    def _beginning(self) -> tuple[float, float]:
        """The middle of the first box: in a corner of a large graph there may be nothing."""
        assert self._placed is not None
        for node in self._placed.picture.boxes:
            if node.kind not in ("open", "entry", "exit"):
                return self._placed.centres[node.id]
        return 0.0, 0.0

    def _go_along(self) -> None:
        if self._placed is None or self._seen is None or not 0 < self._step <= self.steps:
            return
        self._bring(self._seen.steps[self._step - 1])

    def _bring(self, name: str) -> None:
        """Move the view so that a box is in it, if it is not."""
        self._brought = name
        self._to_bring = name if self.waits else None
        if self._placed is None or name not in self._placed.centres:
            return
        x, y = self._placed.centres[name]
        view = self.viewport().rect()
        if not view.adjusted(60, 50, -60, -50).contains(self.mapFromScene(QPointF(x, y))):
            zoom = max(self.transform().m11(), READABLE_ZOOM * self._scale if not self._fitted else MIN_ZOOM)
            self._target = following_viewpoint(self._placed.size, view, zoom, (x, y))
            self._start_zoom = self._target.zoom
            self._look_at(self._target)

    def _look_at(self, look: Viewpoint) -> None:
        self.show_viewpoint(look)
        self._set_far()

    def _set_far(self) -> None:
        """From far away one picture of everything is drawn instead of every box by itself."""
        far = self.transform().m11() < FAR * self._scale and not self._moves
        if far != self._far:
            self._far = far
            for item in self._stage.items():
                item.setVisible(not far)
            self._restyle()
        if self._overview.isVisible() != (far or self._is_making):
            self._overview.setVisible(far or self._is_making)

    def zoom_by(self, factor: float) -> None:
        """Zoom at the pointer."""
        zoom = self.transform().m11() * factor
        if FARTHEST <= zoom <= NEAREST * self._scale or (factor > 1) == (zoom < 1):
            self.begin_manual_move()
            self.scale(factor, factor)
            self._set_far()

    def begin_manual_move(self) -> None:
        """Stay where the user moves us."""
        if self._moves:
            self._move.stop()
            self._moved(1.0)
        self._fitted = False

    def resizeEvent(self, event: Any) -> None:
        """Keep the whole graph in view."""
        super().resizeEvent(event)
        self._refit()
