"""All keys of the window in one list: what they do, in which tab; the page of keys is made of the same list."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QTabWidget, QWidget


@dataclass(frozen=True)
class Key:
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


def bind(window: QWidget, tabs: QTabWidget, keys: Sequence[Key]) -> None:
    """Let keys work in the whole window: a clicker must not need the focus. What a key does depends on the tab."""
    by_sequence: dict[str, list[Key]] = {}
    for key in keys:
        for sequence in key.keys:
            by_sequence.setdefault(sequence, []).append(key)

    def press(found: Sequence[Key]) -> None:
        here = tabs.currentWidget()
        # What holds for now comes first, then what the tab itself does.
        for key in sorted(found, key=lambda key: (key.when is None, key.tab is None)):
            if key.tab in (here, None) and (key.when is None or key.when()):
                key.do()
                return

    bound = [
        (QShortcut(QKeySequence(sequence), window, activated=lambda found=tuple(found): press(found)), found)
        for sequence, found in by_sequence.items()
    ]

    def follow() -> None:
        """A key that says nothing in this tab is left to whatever has the focus."""
        for shortcut, found in bound:
            shortcut.setEnabled(any(key.tab in (tabs.currentWidget(), None) for key in found))

    tabs.currentChanged.connect(lambda _at: follow())
    follow()
