"""The status bar: the state of the engine, and the most important keys of the current tab."""

import re
from collections.abc import Sequence

from PySide6.QtWidgets import QStatusBar, QWidget

from explorer.session.engine_client.client import EngineClient
from explorer.views.theme.stylesheet import set_role
from explorer.views.widgets.adaptive_label import AdaptiveLabel
from explorer.views.widgets.engine_text import engine_text, short_engine_text
from explorer.views.widgets.shortcuts import Shortcut, key_text


class StatusBar:
    """Fills a status bar; texts have shorter forms for narrow windows."""

    def __init__(self, bar: QStatusBar, client: EngineClient) -> None:
        self._client = client
        self._engine = AdaptiveLabel("engineLabel")
        self._hints = AdaptiveLabel("keyHintLabel")
        self._hints.setProperty("role", "muted")
        bar.setSizeGripEnabled(False)
        bar.addWidget(self._engine, 1)
        bar.messageChanged.connect(lambda text: self._engine.setBlank(bool(text)))
        bar.addPermanentWidget(self._hints)
        client.stateChanged.connect(self._show_engine)
        self._show_engine()

    def _show_engine(self) -> None:
        self._engine.setAlternatives(f"● {engine_text(self._client)}", f"● {short_engine_text(self._client)}")
        set_role(self._engine, "error" if self._client.state == "failed" else "muted")

    def show_hints(self, shortcuts: Sequence[Shortcut], tab: QWidget, *, is_covered: bool) -> None:
        """Name what Page Down does in a tab, and the keys with a hint of their own; the last ones always fit.

        is_covered: whether a card in front covers the tab, which may have come by a key that was meant otherwise.
        """
        pages = [shortcut for shortcut in shortcuts if shortcut.keys[:1] == ("PgDown",)]
        found = [shortcut for shortcut in pages if shortcut.when is not None and shortcut.when()]
        found = found or [shortcut for shortcut in pages if shortcut.tab is tab]
        hints = [f"Page Down: {re.split('[;,]', shortcut.description)[0]}" for shortcut in found]
        hints += [f"{key_text(shortcut.keys)}: {shortcut.hint}" for shortcut in shortcuts if shortcut.hint]
        if is_covered:
            hints.append("Esc: back to the tab")
        self._hints.setAlternatives(*("  ·  ".join(hints[index:]) for index in range(len(hints))))
