"""The line over a network's graph: what it is, or in which groups the selected box is."""

from html import escape
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QLabel, QWidget

from explorer.core.network_graph.graph import ancestry
from explorer.core.number_format import format_count
from explorer.session.network_graph.session import NetworkGraphSession
from explorer.views.theme.theme import Theme

GREY = "#888888"
"""Of links while there is no theme."""


class Breadcrumb(QLabel):
    """asked: a group that was clicked, "" for the whole graph."""

    asked = Signal(str)

    def __init__(self, session: NetworkGraphSession, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("breadcrumbLabel")
        self._session = session
        self._theme: Theme | None = None
        self.setProperty("role", "muted")
        self.setTextFormat(Qt.TextFormat.RichText)
        self.setContentsMargins(14, 8, 14, 4)
        self.setWordWrap(True)
        links = Qt.TextInteractionFlag.LinksAccessibleByMouse | Qt.TextInteractionFlag.LinksAccessibleByKeyboard
        self.setTextInteractionFlags(links)
        self.linkActivated.connect(lambda link: self.asked.emit("" if link == "all" else link))

    def set_theme(self, theme: Theme) -> None:
        """Use the theme's colours."""
        self._theme = theme
        self.tell()

    def tell(self) -> None:
        """Show what the session is at."""
        session = self._session
        if session.state.info is None:
            self.clear()
        elif session.selection.item is None or session.selection.item[0] != "node":
            self.setText(self._whole(session.state.info))
        else:
            self.setText(self._way(escape(str(session.state.info["title"])), session.selection.item[1]))

    def _whole(self, head: dict[str, Any]) -> str:
        values = self._session.numbers.values
        loss = values["loss"] if values is not None else None
        told = f" · loss {loss:.4g} for {escape(head['batch'])}" if loss is not None else ""
        return (
            f"<b>{escape(str(head['title']))}</b> · {format_count(head['ops'], 'op')}, "
            f"{head['backward']:,} of the backward pass · "
            f"{head['edges']:,} edges · {format_count(head['parameters'], 'parameter')}{told}"
        )

    def _way(self, title: str, name: str) -> str:
        """The groups around a box, each to be clicked."""
        shown = self._session.state.visible
        colour = self._theme.text.name() if self._theme is not None else GREY
        link = f'<a href="{{}}" style="color:{colour}">{{}}</a>'
        parts = [link.format("all", title)]
        node = next((node for node in shown.nodes if node.id == name), None) if shown is not None else None
        if node is not None:
            groups = ancestry(name if node.kind in ("group", "open") else node.container)
            parts += [link.format(escape(group), escape(group.rpartition("/")[2])) for group in groups]
            if node.kind not in ("group", "open"):
                parts.append(escape(node.name))
        return " › ".join(parts)
