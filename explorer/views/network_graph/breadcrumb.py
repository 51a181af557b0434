"""The line above a network's graph: facts about the graph, or the groups around the selected box."""

from html import escape

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QLabel, QWidget

from explorer.core.network_graph.graph import ancestry
from explorer.core.number_format import format_count
from explorer.core.protocol.network_graph import GraphOpenReply
from explorer.session.network_graph.session import NetworkGraphSession
from explorer.views.theme.theme import Theme

DEFAULT_LINK_COLOUR = "#888888"
"""Colour of links before there is a theme."""

ALL = "all"
"""Link to the whole graph."""


class Breadcrumb(QLabel):
    """A text with a link for each group. groupClicked: the id of a group, "" for the whole graph."""

    groupClicked = Signal(str)

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
        self.linkActivated.connect(lambda link: self.groupClicked.emit("" if link == ALL else link))

    def set_theme(self, theme: Theme) -> None:
        """Use the theme's colours."""
        self._theme = theme
        self.refresh()

    def refresh(self) -> None:
        """Show the present selection of the session."""
        info, selected = self._session.state.info, self._session.selection.node
        if info is None:
            self.clear()
        elif selected is None:
            self.setText(self._graph_text(info))
        else:
            self.setText(self._path_text(escape(str(info["title"])), selected))

    def _graph_text(self, info: GraphOpenReply) -> str:
        return (
            f"<b>{escape(str(info['title']))}</b> · {format_count(info['ops'], 'op')}, "
            f"{info['backward']:,} of the backward pass · "
            f"{info['edges']:,} edges · {format_count(info['parameters'], 'parameter')}"
        )

    def _path_text(self, title: str, name: str) -> str:
        """Return a link for the graph and for each group around a box, and the name of an op."""
        visible = self._session.state.visible
        colour = self._theme.text.name() if self._theme is not None else DEFAULT_LINK_COLOUR
        link = f'<a href="{{}}" style="color:{colour}">{{}}</a>'
        parts = [link.format(ALL, title)]
        node = next((node for node in visible.nodes if node.id == name), None) if visible is not None else None
        if node is not None:
            is_group = node.kind in ("group", "open")
            groups = ancestry(name if is_group else node.container)
            parts += [link.format(escape(group), escape(group.rpartition("/")[2])) for group in groups]
            if not is_group:
                parts.append(escape(node.name))
        return " › ".join(parts)
