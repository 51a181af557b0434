"""All keys of the window in one list: what they do, in which tab; the page of keys is made of the same list."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

from PySide6.QtCore import QObject
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QTabWidget, QWidget


@dataclass(frozen=True)
class Shortcut:
    """keys: sequences that do the same, as Qt writes them. says: what it does, in words. tab: None for all of them.

    when: where it says no, the key does what others of its name do; one with a ``when`` comes before them.
    """

    keys: tuple[str, ...]
    says: str
    do: Callable[[], object]
    tab: QWidget | None = None
    when: Callable[[], bool] | None = None


def shown(keys: Sequence[str]) -> str:
    """Return key sequences as they are printed on a keyboard."""
    return " or ".join(keys).replace("PgDown", "Page Down").replace("PgUp", "Page Up")


def bind(window: QWidget, tabs: QTabWidget, keys: Sequence[Shortcut]) -> None:
    """Let keys work in a whole window: a clicker must not need the focus. What a key does depends on the tab."""
    _Bound(window, tabs, keys)


class _Bound(QObject):
    """The shortcuts of one window; it ends with the window, which may be sooner than the tabs do."""

    def __init__(self, window: QWidget, tabs: QTabWidget, keys: Sequence[Shortcut]) -> None:
        super().__init__(window)
        self._tabs = tabs
        by_sequence: dict[str, list[Shortcut]] = {}
        for key in keys:
            for sequence in key.keys:
                by_sequence.setdefault(sequence, []).append(key)
        self._bound: list[tuple[QShortcut, list[Shortcut]]] = []
        for sequence, found in by_sequence.items():
            shortcut = QShortcut(QKeySequence(sequence), window)
            shortcut.activated.connect(partial(self._press, tuple(found)))
            self._bound.append((shortcut, found))
        tabs.currentChanged.connect(self._follow)
        self._follow()

    def _press(self, found: Sequence[Shortcut]) -> None:
        here = self._tabs.currentWidget()
        # What holds for now comes first, then what the tab itself does.
        for key in sorted(found, key=lambda key: (key.when is None, key.tab is None)):
            if key.tab in (here, None) and (key.when is None or key.when()):
                key.do()
                return

    def _follow(self, _index: int = 0) -> None:
        """A key that says nothing in this tab is left to whatever has the focus."""
        for shortcut, found in self._bound:
            shortcut.setEnabled(any(key.tab in (self._tabs.currentWidget(), None) for key in found))
