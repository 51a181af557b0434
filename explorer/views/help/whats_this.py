"""What is this? A card explains the widget with the focus, or the one that is clicked next."""

from pathlib import Path
from typing import Protocol, runtime_checkable

from PySide6.QtCore import QEvent, QObject, QPoint, QRect, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QCursor, QGuiApplication, QHelpEvent, QKeyEvent, QKeySequence, QShortcut
from PySide6.QtWidgets import QApplication, QFrame, QHBoxLayout, QVBoxLayout, QWhatsThis, QWidget

from explorer.core.help.whats_this import Explanation, whats_this
from explorer.views.help.markdown_view import MarkdownView
from explorer.views.theme.theme import Theme
from explorer.views.widgets.buttons import push_button
from explorer.views.widgets.labels import make_label
from explorer.views.widgets.positioning import place_beside
from explorer.views.widgets.text_size import TEXT_SIZE_PX

CARD_WIDTH_PX, CARD_MARGIN_PX = 380, 16
"""Size of the card at scale 1."""

WHATS_THIS_KEY = "Shift+F1"


@runtime_checkable
class HasParts(Protocol):
    """A view that paints several things."""

    def whatIs(self, point: QPoint) -> tuple[str, str] | None:
        """Return the kind of the part at a point of the view and its description; None for the view itself."""


@runtime_checkable
class HasChosen(Protocol):
    """A view of several things, of which the keyboard selects one."""

    def whatIsChosen(self) -> tuple[str, str] | None:
        """Return the kind of the selected part and its description; None without a selection."""


class WhatsThisCard(QFrame):
    """Covers the window until a key or a click closes it. pointRequested: the user wants to click another widget."""

    termRequested = Signal(str)
    pointRequested = Signal()

    def __init__(self, parent: QWidget, theme: Theme, scale: float) -> None:
        super().__init__(parent, Qt.WindowType.Popup)
        self.setObjectName("whatsThisCard")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._scale = scale
        self._title = make_label("heading", "whatsThisTitle", wraps=True)
        self._description = make_label("muted", "whatsThisOne", wraps=True)
        for label in (self._title, self._description):
            label.setTextFormat(Qt.TextFormat.PlainText)
        self._text = MarkdownView()
        self._text.setObjectName("whatsThisText")
        self._text.setAccessibleName("What this is")
        self._text.setToolTip("Tab goes to the next word with dots below it, Return follows it")
        self._text.setTheme(theme)
        self._text.setPixelSize(0.92 * TEXT_SIZE_PX * scale)
        self._text.termRequested.connect(self._follow)
        tooltip = "Click the widget that you want to know about"
        point = push_button("whatsThisPointButton", "Point at another", tooltip, self._point)
        foot = QHBoxLayout()
        foot.addWidget(make_label("small", text="Esc closes"), 1)
        foot.addWidget(point)
        self._column = column = QVBoxLayout(self)
        column.setContentsMargins(CARD_MARGIN_PX, CARD_MARGIN_PX - 4, CARD_MARGIN_PX, CARD_MARGIN_PX - 4)
        for part in (self._title, self._description, self._text):
            column.addWidget(part)
        column.addLayout(foot)

    def show_beside(self, explanation: Explanation, description: str, target: QRect) -> None:
        """Explain what lies at ``target`` on the screen; description: what is true of this part alone."""
        self._title.setText(explanation.title)
        self._description.setText(description)
        self._description.setVisible(bool(description))
        self._text.setMarkdownText(explanation.text, Path())
        available = (
            (QGuiApplication.screenAt(target.center()) or self.screen()).availableGeometry().adjusted(6, 6, -6, -6)
        )
        width = min(round(CARD_WIDTH_PX * self._scale), available.width())
        self.setFixedWidth(width)
        document = self._text.document()
        document.setTextWidth(width - 2 * CARD_MARGIN_PX - 2)
        self._text.setFixedHeight(min(round(document.size().height()) + 4, round(0.6 * available.height())))
        height = min(self._column.totalHeightForWidth(width), available.height())
        self.setGeometry(place_beside(target, QSize(width, height), available))
        self.show()
        self._text.setFocus()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Close the card with Escape, or with the key that opened it."""
        if event.key() in (Qt.Key.Key_Escape, Qt.Key.Key_F1):
            self.close()
        else:
            super().keyPressEvent(event)

    def _follow(self, key: str) -> None:
        self.close()
        self.termRequested.emit(key)

    def _point(self) -> None:
        self.close()
        self.pointRequested.emit()


class WhatsThisController(QObject):
    """Sets ``whatsThis`` of widgets by their object names, and shows it on request."""

    termRequested = Signal(str)

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        window.setProperty("isExplained", True)  # by its own list of keys
        self._theme: Theme | None = None
        self._scale = 1.0
        app = QApplication.instance()
        assert isinstance(app, QApplication)
        self._app = app
        app.focusChanged.connect(self._focus_moved)

    def setAppearance(self, theme: Theme, scale: float) -> None:
        """Use a theme's colours and a scale for the next card."""
        self._theme, self._scale = theme, scale

    def explain_widgets(self, root: QWidget) -> None:
        """Set the explanations of all widgets of a window, which screen readers read, too."""
        for widget in (root, *root.findChildren(QWidget)):
            if not widget.whatsThis() and (explanation := whats_this().find(widget.objectName())) is not None:
                widget.setWhatsThis(explanation.plain_text)

    def explain(self) -> None:
        """Explain the widget with the focus."""
        if (widget := QApplication.focusWidget()) is not None:
            self._explain(widget, None)

    def point(self) -> None:
        """Explain the widget that is clicked next; Escape cancels."""
        for top in QApplication.topLevelWidgets():
            self.explain_widgets(top)
        self._app.installEventFilter(self)  # only meanwhile: the filter sees every event
        QWhatsThis.enterWhatsThisMode()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Show a card with the window's font size and links that the keyboard reaches, instead of Qt's."""
        if event.type() == QEvent.Type.LeaveWhatsThisMode:
            self._app.removeEventFilter(self)
        elif event.type() == QEvent.Type.WhatsThis and isinstance(watched, QWidget) and isinstance(event, QHelpEvent):
            where = event.globalPos()
            QWhatsThis.leaveWhatsThisMode()
            self._app.removeEventFilter(self)
            # Not during the press, since the card grabs the mouse.
            QTimer.singleShot(0, watched, lambda: self._explain(watched, where))
            event.accept()
            return True
        return False

    def _explain(self, widget: QWidget, where: QPoint | None) -> None:
        found = explained(widget, where)
        if found is None or self._theme is None:
            return
        explanation, description, owner = found
        card = WhatsThisCard(owner.window(), self._theme, self._scale)
        card.termRequested.connect(self.termRequested)
        card.pointRequested.connect(self.point)
        target = QRect(owner.mapToGlobal(QPoint()), owner.size()) if where is None else QRect(where, QSize(1, 1))
        card.show_beside(explanation, description, target)

    def _focus_moved(self, _old: QWidget | None, new: QWidget | None) -> None:
        """Give a new dialog its explanations, and the key that shows them."""
        top = new.window() if new is not None else None
        if top is None or top.property("isExplained") or isinstance(top, WhatsThisCard):
            return
        top.setProperty("isExplained", True)
        self.explain_widgets(top)
        QShortcut(QKeySequence(WHATS_THIS_KEY), top).activated.connect(self.explain)


def explained(widget: QWidget, where: QPoint | None) -> tuple[Explanation, str, QWidget] | None:
    """Return the explanation of a widget, a description of the part, and the widget: itself or an ancestor.

    where: a point on the screen, None for the widget with the focus.
    """
    owner: QWidget | None = widget
    while owner is not None:
        explanation = whats_this().find(owner.objectName()) if owner.objectName() else None
        if explanation is not None:
            point = owner.mapFromGlobal(where if where is not None else QCursor.pos())
            part = owner.whatIs(point) if isinstance(owner, HasParts) and where is not None else None
            if where is None and isinstance(owner, HasChosen):
                part = owner.whatIsChosen()
            if part is not None:
                return whats_this().find(f"{owner.objectName()}:{part[0]}") or explanation, part[1], owner
            return explanation, "", owner
        owner = None if owner.isWindow() else owner.parentWidget()
    return None
