"""The graph of a network: groups that open and close, bundles of edges, and the backward pass over it."""

from collections.abc import Callable, Generator, Iterator
from math import inf
from time import monotonic
from typing import Any

from PySide6.QtCore import Property, QPoint, QPointF, QRect, QRectF, QSizeF, Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QTransform
from PySide6.QtWidgets import QWidget

from explorer.core.network.parts import whole
from explorer.core.network.place import Arranged, arranging
from explorer.core.network.view import View
from explorer.session.slices import Slices
from explorer.views.drawing import Drawing, save_drawing
from explorer.views.graph.camera import between
from explorer.views.graph.items import Item
from explorer.views.graph.legend import legend_place, paint_legend
from explorer.views.network.camera import MOVE, SHORTEST, NetworkCamera
from explorer.views.network.crowd import Crowd
from explorer.views.network.items import NodeItem
from explorer.views.network.looks import NetworkLooks, heats
from explorer.views.network.map import NetworkMap
from explorer.views.network.painted_tiles import PaintedTiles
from explorer.views.network.placed import placed
from explorer.views.network.sizes import measured
from explorer.views.network.thumbs import Thumbs
from explorer.views.network.wires import WireItem
from explorer.views.network.words import node_tip, wire_tip
from explorer.views.theme import Theme

FADED = 0.22
"""Opacity of what has nothing to do with the selected box."""

NEAR = 100
"""Boxes up to which the layout is made here and now; more would be felt."""

MANY = 300
"""Boxes up to which they are all made, and move; of more only those in view are, one after another."""

IN_TILES = 150
"""Boxes of which more are painted in tiles: to paint them all in each frame would take too long."""

ASPECT = 1.9
"""Width of the view by its height, where there is no view."""

IN_ALL = 215
"""Milliseconds from the wish to open a group to the end of the move, where there is time enough to see it."""


def _laid_out(seen: View, aspect: float) -> Generator[None, None, Crowd]:
    """Measure a view and lay it out, a moment at a time."""
    wanted = yield from measured(seen, aspect)
    arranged = yield from arranging(seen, *wanted)
    return (yield from Crowd(placed(seen, arranged)).gather())


class NetworkView(NetworkCamera):
    """Shows a view of a training graph at a step. It asks by signals and changes nothing but its own zoom.

    toggled: open or close this group. alikeToggled: the selected one and all that are made like it.
    arrived: what was given to `setView` is here, without its numbers.
    layoutAsked: a view of more than `NEAR` boxes, and what `core.network.place.arrange` wants of it: somebody must give
    the layout to `setLayout`. Until then what was there before stays.
    """

    toggled = Signal(str)
    alikeToggled = Signal()
    painted = Signal()
    arrived = Signal()
    layoutAsked = Signal(object, object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("networkView")
        self.setAccessibleName("Training graph of the network")
        self._model = ""
        self._values: dict[str, Any] | None = None
        self._selection: tuple[str, str] | None = None
        self._trail: tuple[frozenset[str], frozenset[str]] | None = None
        self._overlay = "none"
        self._costs: dict[str, Any] | None = None
        self._theme: Theme | None = None
        self._animated = True
        self._painted: View | None = None
        self._legend: QRect | None = None
        self._legend_key: tuple[Any, ...] = ()
        self._stale = False
        self._waiting: tuple[str, View] | None = None
        self._asked = -inf
        self._crowd: Crowd | None = None
        self._near: QRectF | None = None
        self._dressed: tuple[Any, ...] = ()
        self._sketched: tuple[Any, ...] = ()
        self._looked_at: tuple[Any, ...] = ()
        self._tiles = PaintedTiles(self._draw_part, self._overview.sketch, self)
        self._tiles.changed.connect(self.viewport().update)
        self.map = NetworkMap(self._overview.sketch, self)
        self.map.asked.connect(self._go_to)
        self.thumbs = Thumbs(self._pictures_on_screen, self)
        self.thumbs.changed.connect(self._tiles.renew)
        self._stage.thumbs = self.thumbs
        self._prepare, self._making = Slices(self), Slices(self)

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

    def setView(self, model: str, seen: View, asked: float = -inf) -> None:
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
            self._prepare.start(_laid_out(seen, aspect), self._show_waiting)

    def setLayout(self, arranged: Arranged) -> None:
        """Take the layout that was asked for."""
        if self._waiting is not None:
            self._prepare.start(Crowd(placed(self._waiting[1], arranged)).gather(), self._show_waiting)

    def _show_waiting(self, crowd: Crowd) -> None:
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

    def stay(self) -> tuple[str, View | None]:
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

    def _show(self, model: str, seen: View, crowd: Crowd) -> None:
        other = model != self._model
        if other:
            self.thumbs.clear()
            self._selection = self._brought = None
            self._fitted = True
        before, was = self._seen, self._placed
        self._model, self._seen, self._values = model, seen, None
        if not other and not self._fitted and before is not None:
            self._anchor = self._where_to_stay(before, seen)
        self._placed, self._crowd = crowd.placed, crowd
        self._put(animate=not other and was is not None)

    def setValues(self, values: dict[str, Any] | None) -> None:
        """Show numbers of what is seen."""
        self._values = values
        self._restyle()
        self.thumbs.of_values(values["number"] if values is not None else None)

    def setCosts(self, costs: dict[str, Any] | None) -> None:
        """Take time and memory of what is seen; None where they are not known."""
        if costs is not self._costs:
            self._costs = costs
            self._restyle()

    def setStep(self, step: int) -> None:
        """Show a step of the backward pass; in a large graph the view goes along."""
        if step != self._step:
            self._step = step
            self._restyle()
            self.thumbs.look_around()
            self._go_along()

    def setSelection(self, selection: tuple[str, str] | None) -> None:
        """Mark a box or a bundle as selected, and bring it into view."""
        if selection != self._selection:
            self._selection, self._trail = selection, None
            self._restyle()
            if selection is not None and selection[0] == "node":
                self._bring(selection[1])

    def setTrail(self, trail: tuple[frozenset[str], frozenset[str]] | None) -> None:
        """Fade what is neither on the way to the selected box nor on the way from it."""
        self._trail = trail
        self._restyle()

    def setOverlay(self, overlay: str) -> None:
        """Colour boxes by a number."""
        self._overlay = overlay
        self._restyle()

    def setTheme(self, theme: Theme) -> None:
        """Use the theme's colours."""
        self._theme = theme
        self.setBackgroundBrush(theme.panel)
        self._stage.set_theme(theme)
        self._overview.theme = self.map.theme = theme
        self.map.forget()
        self._restyle()

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
        from explorer.views.graph.export import scene_drawing

        if self._placed is None or self._theme is None:
            raise ValueError("there is no graph yet")
        whole_scene = scene_drawing(self._scene, self._placed.size)

        def draw(painter: QPainter, box: QRectF) -> None:
            if self._is_large:
                self._making.stop()
                whole(self._stage.reveal(self._crowd, self._crowd.bounds, self._dresser()))
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

    @property
    def _is_large(self) -> bool:
        """Whether there are too many boxes for all of them to be items."""
        return self._crowd is not None and len(self._crowd.nodes) > MANY

    def _put(self, animate: bool) -> None:
        assert self._placed is not None
        assert self._crowd is not None
        self._overview.put(self._crowd)
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
        self._from = self.transform()
        self._to = self._look()
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

    def _dress_of(self) -> tuple[Any, ...]:
        """All that looks depend on."""
        return self._theme, self._step, self._selection, self._trail, self._overlay, id(self._values), id(self._costs)

    def _dresser(self) -> Callable[[Item], None]:
        """Return what gives an item the looks of this moment."""
        assert self._seen is not None
        self._dressed = self._dress_of()
        theme, looks = self._theme, self._looks()

        def dress(item: Item) -> None:
            item.theme = theme
            item.setVisible(not self._far)
            item.set_look(looks.of_box(item.box) if isinstance(item, NodeItem) else looks.of_link(item.link))

        return dress

    def _moved(self, progress: Any) -> None:
        t = 1 - (1 - float(progress)) ** 3
        new = self._stage.new_items()
        for item in new:
            item.setOpacity(t)
        self._stage.move(t)
        if t == 1.0:
            self._restyle()
        self._look_at(between(self._from, self._to, t))

    def _where_to_stay(self, before: View, seen: View) -> str | None:
        """The group that was opened or closed: it stays where it is on the screen."""
        changed = set(before.open) ^ set(seen.open)
        return min(changed, key=len) if changed else None

    def _restyle(self) -> None:
        self._stale = True
        self._tiles.drop()
        self.viewport().update()

    def _looks(self) -> NetworkLooks:
        assert self._seen is not None
        shares = heats(self._seen, self._values, self._overlay, self._costs) if self._overlay != "none" else {}
        return NetworkLooks(self._seen, self._values, self._step, self._selection, self._overlay, shares)

    def _bring_up_to_date(self) -> None:
        if self._seen is None or self._making.is_busy:
            return
        looks, sketched = None, (*self._dress_of(), id(self._crowd))
        if sketched != self._sketched:
            self._sketched, looks = sketched, self._looks()
            self.map.forget()
            self._overview.set_looks({name: share for name, (share, _) in looks.heats.items()}, self._step)
        if self._far and self._is_large:
            return  # nobody sees the boxes; they are brought up to date when they come near
        self._stale = False
        looks = looks or self._looks()
        related = self._related()
        moves = self._moves
        moving = set(map(id, self._stage.new_items())) if moves else set()
        for item in self._stage.boxes():
            item.set_look(looks.of_box(item.box))
            if id(item) not in moving:
                item.setOpacity(1.0 if related is None or item.box.id in related else FADED)
        for link in self._stage.links():
            link.set_look(looks.of_link(link.link))
            if id(link) not in moving:
                near = related is None or (link.link.source in related and link.link.target in related)
                link.setOpacity(1.0 if near else FADED)

    def _related(self) -> set[str] | None:
        if self._trail is None or self._selection is None or self._selection[0] != "node" or self._seen is None:
            return None
        name = self._selection[1]
        found = {name, *self._trail[0], *self._trail[1]}
        for node in self._seen.nodes:  # frames around what is related, and what stands beside it
            if node.id in found:
                outer = node.container
                while outer:
                    found.add(outer)
                    outer = outer.rpartition("/")[0]
        inside = {node.id for node in self._seen.nodes if node.container.startswith(name) or node.beside in found}
        return found | inside

    def _pictures_on_screen(self) -> Iterator[tuple[str, str]]:
        """The boxes in view that show a picture, and whether it is one of a value or of its gradient."""
        if self._far or self.isMoving:
            return
        for item in self.items(self.viewport().rect()):
            if isinstance(item, NodeItem) and item.box.picture:
                yield item.box.id, item.pictured

    # -- events -----------------------------------------------------------------------------------

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Select what was clicked; the sign of a group opens or closes it."""
        pressed, self._pressed, self._held = self._pressed, None, None
        if pressed is None or self._moved_by_hand or event.button() != Qt.MouseButton.LeftButton:
            return
        here = event.position().toPoint()
        item = self.item_at(here)
        if isinstance(item, NodeItem) and item.box.kind not in ("entry", "exit"):
            if item.box.kind in ("group", "open") and item.sign().contains(item.mapFromScene(self.mapToScene(here))):
                self.toggled.emit(item.box.id)
            else:
                self.nodeSelected.emit(item.box.id)
        elif isinstance(item, WireItem):
            self.edgeSelected.emit(item.link.key)
        else:
            self.selectionCleared.emit()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Open or close a group; beside everything, show the whole graph."""
        item = self.item_at(event.position().toPoint())
        if isinstance(item, NodeItem) and item.box.kind in ("group", "open"):
            self.toggled.emit(item.box.id)
        elif item is None:
            self.fit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter opens or closes the selected group, with Shift all like it; the rest is as in every graph."""
        opens = event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space)
        if opens and self._selection is not None and self._selection[0] == "node" and self._seen is not None:
            node = next((node for node in self._seen.nodes if node.id == self._selection[1]), None)
            if node is not None and node.kind in ("group", "open"):
                if node.alike and event.modifiers() & Qt.KeyboardModifier.ShiftModifier:
                    self.alikeToggled.emit()
                else:
                    self.toggled.emit(node.id)
                return
        super().keyPressEvent(event)

    def walk(self, by: int) -> None:
        """Select the next box or the one before, in forward order."""
        if self._seen is None or self._placed is None:
            return
        names = [node.id for node in self._seen.nodes if node.kind not in ("entry", "exit")]
        current = self._selection[1] if self._selection is not None else None
        at = names.index(current) + by if current in names else (0 if by > 0 else -1)
        self.nodeSelected.emit(names[at % len(names)])

    def tip(self, item: Item | None) -> str:
        """Return all that is known of what is under the pointer."""
        values = self._values or {}
        if isinstance(item, NodeItem) and item.box.kind not in ("entry", "exit"):
            return node_tip(item.box, values.get("nodes", {}).get(item.box.id))
        if isinstance(item, WireItem):
            return wire_tip(item.link, values.get("wires", {}).get(item.link.key))
        return ""

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
        painter = QPainter(self.viewport())
        self._tiles.paint(painter, *self._tiled())
        self.drawForeground(painter, QRectF(self.viewport().rect()))
        painter.end()

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

    def _place_map(self) -> None:
        """Show on the map what is in view, in a corner where it does not cover what the user is busy with."""
        graph = QRectF() if self._placed is None else QRectF(QPointF(), QSizeF(*self._placed.size))
        self.map.show_part(graph, self.mapToScene(self.viewport().rect()).boundingRect(), self._scale)
        view, size = self.viewport().geometry(), self.map.size()
        focus = self._focus()
        here = self.mapFromScene(QPointF(*focus)) if focus is not None else None
        y = view.bottom() - size.height() - 10
        for x in (view.right() - size.width() - 10, view.left() + 10):
            place = QRect(QPoint(x, y), size)
            if here is None or not place.adjusted(-90, -60, 90, 60).contains(here):
                break
        self.map.move(place.topLeft())
        self._legend_key = ()

    def _go_to(self, point: QPointF) -> None:
        self.begin_moving()
        self.centerOn(point)

    def drawForeground(self, painter: QPainter, rect: QRectF) -> None:
        """Paint the legend where it covers nothing."""
        if self._theme is None or self._seen is None or self.isMoving or len(self._seen.nodes) > MANY:
            return
        painter.save()
        painter.resetTransform()
        paint_legend(painter, self._legend_place(self.viewport().rect()), self._theme, self._scale)
        painter.restore()

    def _legend_place(self, view: QRect) -> QRect | None:
        look = self.viewportTransform()
        key = (look.m11(), look.dx(), look.dy(), view.width(), view.height(), self._scale, id(self._placed))
        if key != self._legend_key:
            boxes = [self.mapFromScene(item.mapRectToScene(item.rect())).boundingRect() for item in self._stage.boxes()]
            if self.map.isVisible():
                boxes.append(self.map.geometry())
            self._legend_key, self._legend = key, legend_place(view, boxes, self._scale)
        return self._legend
