"""Shortcuts of a window: what they do, and in which tab. The page of keys lists the same objects."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

from PySide6.QtCore import QObject
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QTabWidget, QWidget


@dataclass(frozen=True)
class Shortcut:
    """Key sequences with the same effect.

    keys: as Qt writes them. bare_keys: letters and signs with the same effect, which are typed where the caret is in a
    text field. tab: the only tab in which they work, None for all tabs. when: a condition for them to
    work; shortcuts with a condition precede others of the same keys. hint: a few words for the status bar.
    """

    keys: tuple[str, ...]
    description: str
    activated: Callable[[], object]
    tab: QWidget | None = None
    when: Callable[[], bool] | None = None
    hint: str = ""
    bare_keys: tuple[str, ...] = ()

    @property
    def all_keys(self) -> tuple[str, ...]:
        """All key sequences."""
        return (*self.keys, *self.bare_keys)


def key_text(keys: Sequence[str]) -> str:
    """Return key sequences as they are printed on a keyboard."""
    return " or ".join(keys).replace("PgDown", "Page Down").replace("PgUp", "Page Up")


def bind_shortcuts(window: QWidget, tabs: QTabWidget, shortcuts: Sequence[Shortcut]) -> None:
    """Let shortcuts work in an entire window, wherever the focus is: a clicker cannot set it."""
    _WindowShortcuts(window, tabs, shortcuts)


class _WindowShortcuts(QObject):
    """Dispatches each key sequence by the current tab.

    It is a child of its window, which may be closed before the tabs are.
    """

    def __init__(self, window: QWidget, tabs: QTabWidget, shortcuts: Sequence[Shortcut]) -> None:
        super().__init__(window)
        self._tabs = tabs
        by_sequence: dict[str, list[Shortcut]] = {}
        for shortcut in shortcuts:
            for sequence in shortcut.all_keys:
                by_sequence.setdefault(sequence, []).append(shortcut)
        self._bound: list[tuple[QShortcut, list[Shortcut]]] = []
        for sequence, found in by_sequence.items():
            bound = QShortcut(QKeySequence(sequence), window)
            bound.activated.connect(partial(self._activate, tuple(found)))
            self._bound.append((bound, found))
        tabs.currentChanged.connect(self._enable)
        self._enable()

    def _activate(self, found: Sequence[Shortcut]) -> None:
        current = self._tabs.currentWidget()
        for shortcut in sorted(found, key=lambda shortcut: (shortcut.when is None, shortcut.tab is None)):
            if shortcut.tab in (current, None) and (shortcut.when is None or shortcut.when()):
                shortcut.activated()
                return

    def _enable(self, _index: int = 0) -> None:
        """Leave key sequences without effect in the current tab to the widget with the focus."""
        current = self._tabs.currentWidget()
        for bound, found in self._bound:
            bound.setEnabled(any(shortcut.tab in (current, None) for shortcut in found))
