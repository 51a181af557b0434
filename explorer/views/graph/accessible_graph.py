"""What screen readers are told about a graph: each node and each edge is an accessible object.

Qt knows nothing of the items of a `QGraphicsView`, so the view's own accessible object has a child for each of them.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Protocol

from PySide6.QtCore import QObject, QRect, QRectF, QTimer
from PySide6.QtGui import (
    QAccessible,
    QAccessibleAnnouncementEvent,
    QAccessibleEvent,
    QAccessibleInterface,
    QAccessibleStateChangeEvent,
    QAccessibleValueChangeEvent,
    QWindow,
)
from PySide6.QtWidgets import QAccessibleWidget, QGraphicsView
from shiboken6 import isValid

from explorer.core.graph.graph_walk import ItemKey, WalkEdge

REPORT_DELAY_MS = 50
"""Time in which changes are collected before they are reported: a step changes several items."""

MAX_ANNOUNCED = 6
"""Changed items that an announcement names; the others are counted."""


@dataclass(frozen=True)
class SpokenItem:
    """What is said about a node or an edge.

    value: the number that it shows, "" for none. description: its gradient, its neighbours and its step. is_new:
    whether the current step brought one of its numbers. is_expanded: of a group whether it is open, None for no group.
    """

    name: str
    value: str = ""
    description: str = ""
    is_new: bool = False
    is_expanded: bool | None = None


class SpokenGraph(Protocol):
    """A graph as it is told to screen readers."""

    def nodes(self) -> Sequence[str]:
        """Return the ids of the nodes, in forward order."""

    def edges(self) -> Sequence[WalkEdge]:
        """Return the edges, in forward order of their sources."""

    def item(self, key: ItemKey) -> SpokenItem:
        """Return what is said about a node or an edge of the graph."""

    def area(self, key: ItemKey) -> QRectF:
        """Return where it is in the scene."""

    def current(self) -> ItemKey | None:
        """Return the item that has the focus, None for none."""

    def step(self) -> str:
        """Return the step that is shown, such as ``step 2 of 5``; "" for none."""


class AccessibleItem(QAccessibleInterface):
    """A node or an edge. It asks the graph each time, so that nothing is stored that could be outdated."""

    def __init__(self, graph: "AccessibleGraph", key: ItemKey) -> None:
        super().__init__()
        self._graph, self.key = graph, key

    def isValid(self) -> bool:
        """Return whether the item is still a part of the graph."""
        return self._graph.isValid() and self._graph.contains(self.key)

    def object(self) -> QObject | None:  # type: ignore[override]  # PySide's annotation lacks None, which Qt allows
        """Return None: an item of a scene is no QObject."""
        return None

    def window(self) -> QWindow:
        """Return the window of the graph."""
        return self._graph.window()

    def parent(self) -> QAccessibleInterface:
        """Return the graph."""
        return self._graph

    def child(self, index: int) -> QAccessibleInterface | None:  # type: ignore[override]  # as above
        """Return None: items have no children."""
        return None

    def childAt(self, x: int, y: int) -> QAccessibleInterface | None:  # type: ignore[override]  # as above
        """Return None: items have no children."""
        return None

    def childCount(self) -> int:
        """Return 0."""
        return 0

    def indexOfChild(self, child: QAccessibleInterface) -> int:
        """Return -1: items have no children."""
        return -1

    def role(self) -> QAccessible.Role:
        """Return a role for which screen readers read value and description: a list item or a link."""
        return QAccessible.Role.ListItem if self.key[0] == "node" else QAccessible.Role.Link

    def text(self, kind: QAccessible.Text) -> str:
        """Return name, value or description."""
        if not self.isValid():
            return ""
        item = self._graph.spoken.item(self.key)
        texts = {
            QAccessible.Text.Name: item.name,
            QAccessible.Text.Value: item.value,
            QAccessible.Text.Description: item.description,
        }
        return texts.get(kind, "")

    def setText(self, kind: QAccessible.Text, text: str) -> None:
        """Change nothing: the numbers are TensorFlow's."""

    def rect(self) -> QRect:
        """Return the place on the screen, as far as it is in view."""
        return self._graph.item_rect(self.key) if self.isValid() else QRect()

    def state(self) -> QAccessible.State:
        """Return whether the item is selected, has the focus, is out of view, and for a group whether it is open."""
        return self._graph.item_state(self.key)


class AccessibleGraph(QAccessibleWidget):
    """The accessible object of a view: its nodes, its edges, and the widgets in it."""

    def __init__(self, view: QGraphicsView, spoken: SpokenGraph) -> None:
        super().__init__(view, QAccessible.Role.List, view.accessibleName())
        self._view, self.spoken = view, spoken
        self._items: dict[ItemKey, AccessibleItem] = {}
        self._numbered: tuple[Sequence[str], Sequence[WalkEdge]] = ((), ())
        self._positions: dict[ItemKey, int] = {}

    def positions(self) -> Mapping[ItemKey, int]:
        """Return the position of each item: the nodes and then the edges."""
        nodes, edges = self.spoken.nodes(), self.spoken.edges()
        if nodes is not self._numbered[0] or edges is not self._numbered[1]:
            keys = [*(("node", name) for name in nodes), *(("edge", edge.key) for edge in edges)]
            self._numbered, self._positions = (nodes, edges), {key: index for index, key in enumerate(keys)}
        return self._positions

    def contains(self, key: ItemKey) -> bool:
        """Return whether the graph has an item."""
        return key in self.positions()

    def item(self, key: ItemKey) -> AccessibleItem:
        """Return the accessible object of an item."""
        if key not in self._items:
            self._items[key] = AccessibleItem(self, key)
        return self._items[key]

    def remove_stale_items(self) -> None:
        """Remove the objects of items that the graph no longer has."""
        for key in [key for key in self._items if not self.contains(key)]:
            _remove(self._items.pop(key))

    def remove_all_items(self) -> None:
        """Remove the objects of all items."""
        while self._items:
            _remove(self._items.popitem()[1])

    # -- the view ---------------------------------------------------------------------------------

    def isValid(self) -> bool:
        """Return whether the view still exists."""
        return isValid(self._view)

    def childCount(self) -> int:
        """Return the number of nodes, edges and widgets."""
        return len(self.positions()) + super().childCount()

    def child(self, index: int) -> QAccessibleInterface | None:  # type: ignore[override]  # as above
        """Return a node, an edge or a widget."""
        nodes, edges = self.spoken.nodes(), self.spoken.edges()
        if 0 <= index < len(nodes):
            return self.item(("node", nodes[index]))
        index -= len(nodes)
        if 0 <= index < len(edges):
            return self.item(("edge", edges[index].key))
        return super().child(index - len(edges)) if index >= len(edges) else None

    def indexOfChild(self, child: QAccessibleInterface) -> int:
        """Return the position of a child, -1 for none."""
        positions = self.positions()
        if isinstance(child, AccessibleItem):
            return positions.get(child.key, -1)
        index = super().indexOfChild(child)
        return index + len(positions) if index >= 0 else -1

    def childAt(self, x: int, y: int) -> QAccessibleInterface | None:  # type: ignore[override]  # as above
        """Return the child at a point of the screen; a node before an edge, the smallest first."""
        inside = [key for key in self.positions() if self.item_rect(key).contains(x, y)]
        if not inside:
            return super().childAt(x, y)
        return self.item(min(inside, key=lambda key: (key[0] != "node", _area(self.item_rect(key)))))

    def focusChild(self) -> QAccessibleInterface | None:  # type: ignore[override]  # as above
        """Return the item that has the focus."""
        current = self.spoken.current()
        return self.item(current) if current is not None and self._view.hasFocus() else None

    def text(self, kind: QAccessible.Text) -> str:
        """Return the name of the graph; as description what it consists of, and the step."""
        if kind == QAccessible.Text.Name:
            return self._view.accessibleName()
        if kind == QAccessible.Text.Description:
            counts = f"{len(self.spoken.nodes())} nodes, {len(self.spoken.edges())} edges"
            return ", ".join(part for part in (counts, self.spoken.step()) if part)
        return str(super().text(kind))

    # -- items ------------------------------------------------------------------------------------

    def item_rect(self, key: ItemKey) -> QRect:
        """Return where an item is on the screen, as far as it is in view."""
        viewport = self._view.viewport()
        area = self._view.viewportTransform().mapRect(self.spoken.area(key)).toAlignedRect()
        area &= viewport.rect()
        return QRect(viewport.mapToGlobal(area.topLeft()), area.size()) if not area.isEmpty() else QRect()

    def item_state(self, key: ItemKey) -> QAccessible.State:
        """Return the state of an item."""
        made = QAccessible.State()
        state: Any = made  # PySide declares none of its attributes
        if not self.isValid() or not self.contains(key):
            state.invalid = True
            return made
        is_current = self.spoken.current() == key
        state.focusable = state.selectable = state.readOnly = True
        state.selected = is_current
        state.focused = is_current and self._view.hasFocus()
        state.offscreen = self.item_rect(key).isEmpty()
        state.invisible = not self._view.isVisible()
        is_expanded = self.spoken.item(key).is_expanded
        if is_expanded is not None:
            state.expandable, state.expanded, state.collapsed = True, is_expanded, not is_expanded
        return made


class ChangeReporter(QObject):
    """Tells screen readers what has changed in a graph: the focus, numbers, and what a step brought.

    Nothing is compared while no screen reader asks.
    """

    def __init__(self, view: QGraphicsView, spoken: SpokenGraph) -> None:
        super().__init__(view)
        self._view, self._spoken = view, spoken
        self._said: dict[ItemKey, SpokenItem] = {}
        self._step = ""
        self._focus: ItemKey | None = None
        self._timer = QTimer(self, singleShot=True, interval=REPORT_DELAY_MS)
        self._timer.timeout.connect(self.report)

    def schedule(self) -> None:
        """Report soon what has changed by then."""
        if QAccessible.isActive() and not self._timer.isActive():
            self._timer.start()

    def report_focus(self) -> None:
        """Report which item has the focus now, once."""
        before, self._focus = self._focus, self._spoken.current() if self._view.hasFocus() else None
        graph = self._graph()
        if graph is not None and self._focus is not None and self._focus != before:
            QAccessible.updateAccessibility(QAccessibleEvent(graph.item(self._focus), QAccessible.Event.Focus))

    def report(self) -> None:
        """Report each number that differs from the report before; announce a step, and groups opened or closed."""
        graph = self._graph()
        if graph is None:
            return
        graph.remove_stale_items()
        said = {key: self._spoken.item(key) for key in graph.positions()}
        before, self._said = self._said, said
        changed = {key: item for key, item in said.items() if key in before and before[key] != item}
        for key, item in changed.items():
            accessible = graph.item(key)
            if item.value != before[key].value:
                QAccessible.updateAccessibility(QAccessibleValueChangeEvent(accessible, item.value))
            if item.description != before[key].description:
                event = QAccessibleEvent(accessible, QAccessible.Event.DescriptionChanged)
                QAccessible.updateAccessibility(event)
            if item.name != before[key].name:
                QAccessible.updateAccessibility(QAccessibleEvent(accessible, QAccessible.Event.NameChanged))
        toggled = {key: item for key, item in changed.items() if item.is_expanded != before[key].is_expanded}
        if toggled:
            for key in toggled:
                QAccessible.updateAccessibility(QAccessibleStateChangeEvent(graph.item(key), _expansion()))
            message = opening(list(toggled.values()), graph.text(QAccessible.Text.Description))
            QAccessible.updateAccessibility(QAccessibleAnnouncementEvent(self._view, message))
        step = self._spoken.step()
        if step and step != self._step:
            news = [item for item in changed.values() if item.is_new]
            QAccessible.updateAccessibility(QAccessibleAnnouncementEvent(self._view, announcement(step, news)))
        self._step = step

    def _graph(self) -> AccessibleGraph | None:
        found = QAccessible.queryAccessibleInterface(self._view) if QAccessible.isActive() else None
        return found if isinstance(found, AccessibleGraph) else None


def announcement(step: str, news: Sequence[SpokenItem]) -> str:
    """Return what is said at a step: the items that it gave a number, with their descriptions."""
    parts = [f"{item.name}: {item.description}" for item in news[:MAX_ANNOUNCED]]
    more = len(news) - MAX_ANNOUNCED
    if more > 0:
        parts.append(f"and {more} more")
    return ". ".join([step[:1].upper() + step[1:], *parts])


def opening(toggled: Sequence[SpokenItem], contents: str) -> str:
    """Return what is said when groups open or close: which ones, and what the graph consists of now."""
    parts = [f"{item.name}: {'open' if item.is_expanded else 'closed'}" for item in toggled[:MAX_ANNOUNCED]]
    more = len(toggled) - MAX_ANNOUNCED
    return ". ".join([*parts, *([f"and {more} more"] if more > 0 else []), contents])


def _expansion() -> QAccessible.State:
    """Return the states that change when a group opens or closes."""
    made = QAccessible.State()
    state: Any = made  # PySide declares none of its attributes
    state.expanded = state.collapsed = True
    return made


_spoken: dict[int, SpokenGraph] = {}
"""The graphs of the views that `speak` was called for, by the ids of the views."""

_graphs: dict[int, AccessibleGraph] = {}
"""The accessible objects of these views. Qt keeps pointers to them, and deletes them with their views."""


def speak(view: QGraphicsView, spoken: SpokenGraph) -> ChangeReporter:
    """Let screen readers see the nodes and edges of a view's graph; return what tells them about changes."""
    _install_factory()
    name = id(view)
    _spoken[name] = spoken
    view.destroyed.connect(lambda _view=None, name=name: _forget(name))
    if QAccessible.isActive():  # Qt may have made an object of its own already
        _remove(QAccessible.queryAccessibleInterface(view))
    return ChangeReporter(view, spoken)


@cache
def _install_factory() -> None:
    """Let Qt ask `_create` for accessible objects; nothing can undo that."""
    QAccessible.installFactory(_create)


def _create(_class_name: str, widget: QObject) -> QAccessibleInterface | None:
    """Return the accessible object of a view, None for any other object."""
    name = id(widget)
    if name not in _spoken or not isinstance(widget, QGraphicsView):
        return None
    if name in _graphs:
        _graphs[name].remove_all_items()
    _graphs[name] = AccessibleGraph(widget, _spoken[name])
    return _graphs[name]


def _forget(name: int) -> None:
    _spoken.pop(name, None)
    graph = _graphs.pop(name, None)
    if graph is not None:
        graph.remove_all_items()


def _remove(item: QAccessibleInterface) -> None:
    """Delete an accessible object, and what Qt remembers of it."""
    QAccessible.deleteAccessibleInterface(QAccessible.uniqueId(item))


def _area(rect: QRect) -> int:
    return rect.width() * rect.height()
