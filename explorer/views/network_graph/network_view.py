"""The graph of a network: groups that open and close, bundles of edges, and the backward pass over it."""

from collections.abc import Generator
from math import inf
from time import monotonic
from typing import Any

from PySide6.QtCore import Property, QRect, QRectF, QTimer, Signal
from PySide6.QtGui import QPainter, QPaintEvent, QTransform
from PySide6.QtWidgets import QWidget

from explorer.core.network_graph.chunks import run_to_end
from explorer.core.network_graph.layout import GraphLayout, lay_out_graph_stepwise
from explorer.core.network_graph.visible_graph import VisibleGraph
from explorer.session.time_slicing import TimeSlicedTask
from explorer.views.graph.scene_drawing import scene_drawing
from explorer.views.graph.viewpoint import interpolated_viewpoint
from explorer.views.network_graph.camera import MANY, MOVE, SHORTEST
from explorer.views.network_graph.hands import HandledView
from explorer.views.network_graph.measure import measured
from explorer.views.network_graph.placement import PlacedGraph, placed
from explorer.views.network_graph.spatial_index import SpatialIndex, letting_go
from explorer.views.network_graph.tile_cache import TileCache
from explorer.views.widgets.vector_export import Drawing, save_drawing

NEAR = 100
"""Boxes up to which the layout is made here and now; more would be felt."""

IN_TILES = 150
"""Boxes of which more are painted in tiles: to paint them all in each frame would take too long."""

ASPECT = 1.9
"""Width of the view by its height, where there is no view."""

IN_ALL = 190
"""Milliseconds from the wish to open a group to the end of the move, where there is time enough to see it."""


class NetworkView(HandledView):
    """Shows a view of a training graph at a step. It asks by signals and changes nothing but its own zoom.

    arrived: what was given to `setView` is here, without its numbers.
    layoutAsked: a view of more than `NEAR` boxes, and what `core.network_graph.layout.lay_out_graph` wants of it:
    somebody must give the layout to `setLayout`. Until then what was there before stays.
    """

    painted = Signal()
    arrived = Signal()
    layoutAsked = Signal(object, object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("networkView")
        self.setAccessibleName("Training graph of the network")
        self._model = ""
        self._animated = True
        self._painted: VisibleGraph | None = None
        self._waiting: tuple[str, VisibleGraph] | None = None
        self._asked = inf
        self._near: QRectF | None = None
        self._looked_at: tuple[Any, ...] = ()
        self._tiles = TileCache(self._draw_part, self._overview.sketch, self)
        self._tiles.changed.connect(self.viewport().update)
        self.thumbs.changed.connect(self._tiles.renew)
        self._prepare, self._making, self._clearing = TimeSlicedTask(self), TimeSlicedTask(self), TimeSlicedTask(self)

    # -- what tests and other views may ask -------------------------------------------------------

    def _get_model(self) -> str:
        return self._model if self._painted is not None else ""

    def _get_nodes(self) -> list[str]:
        if self._painted is None:
            return []
        return [node.id for node in self._painted.nodes if node.kind not in ("open", "entry", "exit")]

    def _get_open(self) -> list[str]:
        return [] if self._painted is None else list(self._painted.open)

    shownModel = Property(str, _get_model)
    """Whose graph has been painted, named as on the command line; "" before the first."""
    visibleNodes = Property("QStringList", _get_nodes)
    """The closed groups and the ops on the screen."""
    openGroups = Property("QStringList", _get_open)
    """The groups that are open."""
    shownStep = Property(int, lambda self: self._step)
    """The step of the backward pass."""

    @property
    def isMoving(self) -> bool:
        """Whether boxes still move to their places, or have none yet."""
        return self._waiting is not None or self._making.is_busy or self._moves or not self._tiles.is_whole

    @property
    def waits(self) -> bool:
        """Whether a layout is under way, and what is shown is what was there before."""
        return self._waiting is not None

    @property
    def _is_making(self) -> bool:
        return self._making.is_busy

    # -- what to show -----------------------------------------------------------------------------

    def setView(self, model: str, seen: VisibleGraph, asked: float = inf) -> None:
        """Show what is seen of a model's graph; what stays of what was there moves to its new place.

        asked: when somebody wanted it, by `time.monotonic`. The longer ago that is, the less time is left for the move.
        """
        if seen is self._seen and self._waiting is None:
            return
        view = self.viewport().rect()
        aspect = view.width() / max(view.height(), 1) if view.height() > 50 else ASPECT
        self._waiting, self._asked = (model, seen), asked
        if len(seen.nodes) > NEAR:
            self._prepare.start(measured(seen, aspect), lambda wanted: self.layoutAsked.emit(seen, wanted))
        else:
            self._prepare.start(self._laid_out(seen, aspect), self._show_waiting)

    def setLayout(self, arranged: GraphLayout) -> None:
        """Take the layout that was asked for."""
        if self._waiting is not None:
            self._prepare.start(self._gathered(placed(self._waiting[1], arranged)), self._show_waiting)

    def _laid_out(self, seen: VisibleGraph, aspect: float) -> Generator[None, None, SpatialIndex]:
        """Measure a view and lay it out, a moment at a time."""
        wanted = yield from measured(seen, aspect)
        arranged = yield from lay_out_graph_stepwise(seen, *wanted)
        return (yield from self._gathered(placed(seen, arranged)))

    def _gathered(self, picture: PlacedGraph) -> Generator[None, None, SpatialIndex]:
        """Find out where everything is, and make what is new, if all of it is to be items."""
        crowd = yield from SpatialIndex(picture).gather()
        if len(crowd.nodes) <= MANY:
            yield from self._stage.make(picture)
        return crowd

    def _show_waiting(self, crowd: SpatialIndex) -> None:
        if self._waiting is not None:
            (model, seen), self._waiting = self._waiting, None
            self._show(model, seen, crowd)
            if self._to_bring is not None:
                self._bring(self._to_bring)
            self.arrived.emit()

    def finish(self) -> None:
        """Make what has to be made, now."""
        while self._prepare.is_busy:
            self._prepare.finish()
        self._making.finish()

    def stay(self) -> tuple[str, VisibleGraph | None]:
        """Give up the view whose layout is not there yet; returns the one that is shown, and of whose graph it is."""
        self._waiting = None
        self._prepare.stop()
        return self._model, self._seen

    def clear(self) -> None:
        """Show nothing: what was there is gone."""
        self.stay()
        self._move.stop()
        self._making.stop()
        self.thumbs.clear()
        self._model, self._step = "", 0
        self._seen = self._painted = self._placed = self._crowd = None
        self._values = self._selection = self._trail = None

    def _show(self, model: str, seen: VisibleGraph, crowd: SpatialIndex) -> None:
        other = model != self._model
        if other:
            self.thumbs.clear()
            self._selection = self._brought = None
            self._fitted = True
        before, was = self._seen, self._placed
        gone = [] if self._crowd is None else self._crowd.piles()
        self._model, self._seen, self._values = model, seen, None
        if not other and not self._fitted and before is not None:
            self._anchor = self._where_to_stay(before, seen)
        self._placed, self._crowd = crowd.placed, crowd
        self._put(animate=not other and was is not None)
        del before, was
        self._clearing.start(letting_go(gone), lambda _none: None)

    def setScale(self, scale: float) -> None:
        """Scale the graph with everything else."""
        self._scale = scale
        self._refit()

    def setAnimated(self, animated: bool) -> None:
        """Move boxes smoothly, or put them where they belong at once."""
        self._animated = animated

    def save(self, path: str) -> None:
        """Write the graph as it is to an SVG, PNG or PDF file; raises OSError or ValueError."""
        save_drawing(self.drawing(), self.backgroundBrush().color(), path)

    def drawing(self) -> Drawing:
        """Return all that is open, with its texts; raises ValueError where there is nothing."""
        if self._placed is None or self._theme is None:
            raise ValueError("there is no graph yet")
        whole_scene = scene_drawing(self._scene, self._placed.size)

        def draw(painter: QPainter, box: QRectF) -> None:
            if self._is_large:
                self._making.stop()
                run_to_end(self._stage.reveal(self._crowd, self._crowd.bounds, self._dresser()))
                self._near = None
            self._bring_up_to_date()
            self._overview.hide()
            for item in self._stage.items():
                item.show()
            whole_scene.draw(painter, box)
            self._far = False
            self._set_far()

        return Drawing(whole_scene.size, draw)

    # -- inside: what is shown --------------------------------------------------------------------

    def _put(self, animate: bool) -> None:
        assert self._placed is not None
        assert self._crowd is not None
        self._overview.put(self._crowd)
        self.map.clear()
        self._move.stop()
        self._making.stop()
        self._near = None
        if not self._is_large:
            self._stage.put(self._placed)
            self._far = False
            for item in self._stage.items():
                item.show()
            if self._theme is not None:
                self._stage.set_theme(self._theme)
        self._restyle()
        self._start_zoom = self.transform().m11()
        self._target = self._look()
        if animate and not self._is_large and self._animated and self.isVisible():
            self._moved(0.0)
            spent = 1000 * (monotonic() - self._asked)
            self._move.setDuration(round(min(max(IN_ALL - spent, SHORTEST), MOVE)))
            self._move.start()
        else:
            self._moved(1.0)
        self._look_closer()

    def _look_closer(self) -> None:
        """In a large graph: make the boxes that are in view, and some around them; the others are but painted."""
        if not self._is_large:
            return
        view = self.mapToScene(self.viewport().rect()).boundingRect()
        if self._near is not None and (self._far or self._near.contains(view)):
            return
        assert self._crowd is not None
        aside, above = view.width() / 2, view.height() / 2
        self._near = QRectF() if self._far else view.adjusted(-aside, -above, aside, above)
        self._making.start(self._stage.reveal(self._crowd, self._near, self._dresser()), lambda _none: self._made())

    def _made(self) -> None:
        self._stale = self._trail is not None or self._dressed != self._dress_of()
        self._set_far()
        self._tiles.renew()

    def _moved(self, progress: Any) -> None:
        t = 1 - (1 - float(progress)) ** 3
        new = self._stage.new_items()
        for item in new:
            item.setOpacity(t)
        self._stage.move(t)
        if t == 1.0:
            self._restyle()
        self._look_at(interpolated_viewpoint(self._start_zoom, self._target, t))

    def _where_to_stay(self, before: VisibleGraph, seen: VisibleGraph) -> str | None:
        """The group that was opened or closed: it stays where it is on the screen."""
        changed = set(before.open) ^ set(seen.open)
        return min(changed, key=len) if changed else None

    def _restyle(self) -> None:
        self._tiles.drop()
        super()._restyle()

    # -- painting ---------------------------------------------------------------------------------

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint, and say what is on the screen now."""
        self._look_closer()
        if self._stale:
            self._bring_up_to_date()
        is_in_tiles = self._is_in_tiles
        if is_in_tiles and self._tiles.is_ready:
            self._paint_tiles()
        else:
            super().paintEvent(event)
            if is_in_tiles:
                self._tiles.prepare(*self._tiled())
            else:
                self._tiles.drop()
        looks_at = self.viewportTransform(), self.viewport().size(), self.isMoving
        if looks_at != self._looked_at:
            self._looked_at = looks_at
            QTimer.singleShot(0, self, self._place_map)
            self.thumbs.look_around()
        if self._seen is not None and self._painted is not self._seen:
            self._painted = self._seen
            QTimer.singleShot(0, self, self.painted.emit)

    @property
    def _is_in_tiles(self) -> bool:
        return self._crowd is not None and len(self._crowd.nodes) > IN_TILES and not self._far and not self._moves

    def _paint_tiles(self) -> None:
        with QPainter(self.viewport()) as painter:
            self._tiles.paint(painter, *self._tiled())
            self.drawForeground(painter, QRectF(self.viewport().rect()))

    def _tiled(self) -> tuple[QTransform, QRect, float]:
        """What tiles are made for: from the scene to the view, what of that is seen, and pixels by pixel."""
        return self.viewportTransform(), self.viewport().rect(), self.viewport().devicePixelRatioF()

    def _draw_part(self, painter: QPainter, place: QRectF) -> None:
        """Paint what is in a rectangle of the scene."""
        painter.fillRect(place.adjusted(-1, -1, 1, 1), self.backgroundBrush())
        assert self._crowd is not None
        if self._is_making:
            self._overview.sketch(painter, place)
        self._stage.draw(painter, self._crowd, place)
