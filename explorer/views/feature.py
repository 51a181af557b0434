"""What a feature gives to the main window, and what the window offers to its features."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Protocol, TypeVar

from PySide6.QtCore import QRect
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QSplitter, QTabWidget, QWidget

from explorer.session.sessions import Sessions
from explorer.views.theme.theme import Theme
from explorer.views.widgets.shortcuts import Shortcut
from explorer.views.widgets.tour_stop import TourStop

Part = TypeVar("Part")


def _nothing(*_values: object) -> None:
    """Do nothing."""


def _yes() -> bool:
    return True


def _unknown() -> None:
    return None


def _no_stops() -> Sequence[TourStop]:
    return ()


class Escape(IntEnum):
    """What Esc ends, in this order."""

    OVERLAY = 1
    """What lies over the window."""
    SELECTION = 2
    PRESENTATION = 3
    EXERCISE = 4


@dataclass(frozen=True)
class CornerButton:
    """A button beside the tabs.

    position: the buttons stand in the order of these numbers. priority: where there is not enough width, buttons of
    low priority move into the menu "More" first. tab: the only tab in which the button is enabled, None for all tabs.
    """

    name: str
    text: str
    tooltip: str
    triggered: Callable[[], object]
    position: int
    priority: int
    tab: QWidget | None = None


@dataclass(frozen=True, eq=False)
class Card:
    """A part of a tab that a key brings to the front, in full size.

    title: in the list of keys. find: returns the widget, which a box layout or a splitter arranges; one that nothing
    arranges is closed afterwards. set_in_front: lets it use the space, called with whether it is in front.
    """

    title: str
    find: Callable[[], QWidget]
    set_in_front: Callable[[bool], object] = _nothing


@dataclass(frozen=True)
class ShareEntry:
    """An entry of the menu "Share". tab: the only tab in which it is visible, None for all tabs."""

    action: QAction
    tab: QWidget | None = None


@dataclass(frozen=True, kw_only=True)
class Feature:
    """Everything that the main window knows about a feature.

    name: unique; for a tab also its name in ``snapshot --tab`` and in lessons.
    title, tab: the tab with its title. panel: a widget at the left of the tabs.
    first_focus: the widget of the tab that has the focus on the first visit.
    parts: objects that features listed later get from `Shell.part`.
    cards: what Alt and a digit bring to the front, in the order of the digits.
    pictures: titles of the views that can be saved as a picture, by object name.
    code: returns Python code by title, for the button "Code". snapshot_command: returns the command that makes a
    picture of the tab, from the name of the theme and the size, such as ``1280x720``.
    set_presenting: called with whether present mode is on, and whether it shows the text of a lesson.
    presented: widgets whose letters are as large in present mode as the text of a lesson.
    controls: widgets of the tab that present mode hides. presented_factor: how many times as large the rest is then.
    escapes: what Esc ends; a function returns whether there was something to end.
    is_complete: whether everything that was requested is shown.
    message_area: a part of the window in which a message covers nothing in present mode, None for none.
    open_term: shows an entry of the glossary by its key. attach_plots: called when pyqtgraph is imported.
    reset_view: undoes what the user did to the camera of the tab's graph, and puts moved boxes back.
    restore: brings back the last session. stop: called when the window is closed.
    """

    name: str
    title: str = ""
    tab: QWidget | None = None
    panel: QWidget | None = None
    first_focus: QWidget | None = None
    parts: Sequence[object] = ()
    shortcuts: Sequence[Shortcut] = ()
    buttons: Sequence[CornerButton] = ()
    view_actions: Sequence[QAction] = ()
    cards: Sequence[Card] = ()
    share_entries: Sequence[ShareEntry] = ()
    pictures: Mapping[str, str] = field(default_factory=dict)
    code: Callable[[], Mapping[str, str]] | None = None
    snapshot_command: Callable[[str, str], str] | None = None
    set_theme: Callable[[Theme], None] = _nothing
    set_scale: Callable[[float], None] = _nothing
    set_digits: Callable[[int], None] = _nothing
    set_animated: Callable[[bool], None] = _nothing
    set_presenting: Callable[[bool, bool], None] = _nothing
    presented: Sequence[QWidget] = ()
    controls: Sequence[QWidget] = ()
    presented_factor: float = 1.0
    escapes: Mapping[Escape, Callable[[], bool]] = field(default_factory=dict)
    is_complete: Callable[[], bool] = _yes
    message_area: Callable[[], QRect | None] = _unknown
    open_term: Callable[[str], None] | None = None
    tour_stops: Callable[[], Sequence[TourStop]] = _no_stops
    panel_width: Callable[[], int] = int
    attach_plots: Callable[[], None] = _nothing
    reset_view: Callable[[], None] = _nothing
    restore: Callable[[], None] = _nothing
    stop: Callable[[], None] = _nothing


class Shell(Protocol):
    """The main window as its features see it; settings are in `Sessions.store`."""

    tabs: QTabWidget
    splitter: QSplitter
    """The tabs, and the panels at their left."""
    features: list[Feature]
    is_presenting: bool

    @property
    def banner(self) -> QWidget:
        """Shows messages that do not fit into the status bar."""

    @property
    def theme(self) -> Theme:
        """The theme in use."""

    @property
    def scale(self) -> float:
        """The scale of letters and graphs, 1 for the normal size."""

    @property
    def current_feature(self) -> Feature:
        """The feature whose tab is shown."""

    @property
    def shortcuts(self) -> Sequence[Shortcut]:
        """The shortcuts of all features."""

    def window(self) -> QWidget:
        """Return the top-level window, the parent of dialogs."""

    def part(self, kind: type[Part]) -> Part:
        """Return the tab, panel or part of this class that an earlier feature gave. Raises LookupError."""

    def show_tab(self, name: str) -> None:
        """Show the tab of the feature of this name. Raises LookupError if there is none."""

    def show_message(self, text: str, min_ms: int = 0) -> None:
        """Show a message for as long as it takes to read it, and for ``min_ms`` milliseconds at least."""

    def clear_message(self, text: str) -> None:
        """Remove a message if it is still shown."""

    def is_complete(self, name: str) -> bool:
        """Return whether everything that was requested in a feature is shown."""

    def code(self, name: str) -> Mapping[str, str]:
        """Return the Python code of a feature, by title."""

    def open_term(self, key: str) -> None:
        """Show an entry of the glossary."""

    def set_presenting(self, presenting: bool, with_text: bool = False) -> None:
        """Begin present mode, with the text of the open lesson or without it, or end it."""

    def put_card_back(self) -> bool:
        """Put the card that is in front of its tab back; return whether there was one."""

    def update_controls(self) -> None:
        """Enable and fit buttons and hints, after a change of which shortcuts apply or of the tabs' width."""


FeatureBuilder = Callable[[Sessions, Shell], Feature]
