"""What is this? A card that explains the element with the focus, or the one that is pointed at."""

from pathlib import Path
from typing import Protocol, runtime_checkable

from PySide6.QtCore import QEvent, QObject, QPoint, QRect, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QCursor, QGuiApplication, QHelpEvent, QKeyEvent, QKeySequence, QShortcut
from PySide6.QtWidgets import QApplication, QFrame, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWhatsThis, QWidget

from explorer.core.help.whats_this import Explanation, whats_this
from explorer.views.help.markdown_view import TEXT_SIZE_PX, MarkdownView
from explorer.views.theme.theme import Theme
from explorer.views.widgets.positioning import place_beside

WIDTH, MARGIN = 380, 16
"""Of the card, in pixels at scale 1."""

KEY = "Shift+F1"


@runtime_checkable
class HasParts(Protocol):
    """A view that paints more than one thing."""

    def whatIs(self, point: QPoint) -> tuple[str, str] | None:
        """Return the kind of part at a point of the view, and what this one is; None for the view itself."""


@runtime_checkable
class HasChosen(Protocol):
    """A view of several things, of which the keys select one."""

    def whatIsChosen(self) -> tuple[str, str] | None:
        """Return the kind of what is selected, and what this one is; None where nothing is."""


class WhatsThisCard(QFrame):
    """Stands over everything until a key or a click ends it. pointAsked: for another element."""

    termRequested = Signal(str)
    pointAsked = Signal()

    def __init__(self, parent: QWidget, theme: Theme, scale: float) -> None:
        super().__init__(parent, Qt.WindowType.Popup)
        self.setObjectName("whatsThisCard")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._scale = scale
        self._title = QLabel(objectName="whatsThisTitle")
        self._title.setProperty("role", "heading")
        self._one = QLabel(objectName="whatsThisOne")
        self._one.setProperty("role", "muted")
        for label in (self._title, self._one):
            label.setWordWrap(True)
            label.setTextFormat(Qt.TextFormat.PlainText)
        self._text = MarkdownView()
        self._text.setObjectName("whatsThisText")
        self._text.setAccessibleName("What this is")
        self._text.setToolTip("Tab goes to the next word with dots below it, Return follows it")
        self._text.setTheme(theme)
        self._text.setPixelSize(0.92 * TEXT_SIZE_PX * scale)
        self._text.termRequested.connect(self._follow)
        point = QPushButton("Point at another", objectName="whatsThisPointButton")
        point.setToolTip("Click the element that you want to know about")
        point.setAccessibleName("Point at another element")
        point.clicked.connect(self._point)
        foot = QHBoxLayout()
        foot.addWidget(QLabel("Esc closes"), 1)
        foot.itemAt(0).widget().setProperty("role", "small")
        foot.addWidget(point)
        column = QVBoxLayout(self)
        column.setContentsMargins(MARGIN, MARGIN - 4, MARGIN, MARGIN - 4)
        for part in (self._title, self._one, self._text):
            column.addWidget(part)
        column.addLayout(foot)

    def show_beside(self, said: Explanation, one: str, target: QRect) -> None:
        """Explain something that lies at ``target`` of the screen; ``one``: what is true of this one alone."""
        self._title.setText(said.title)
        self._one.setText(one)
        self._one.setVisible(bool(one))
        self._text.setMarkdownText(said.text, Path())
        room = (QGuiApplication.screenAt(target.center()) or self.screen()).availableGeometry().adjusted(6, 6, -6, -6)
        width = min(round(WIDTH * self._scale), room.width())
        self.setFixedWidth(width)
        document = self._text.document()
        document.setTextWidth(width - 2 * MARGIN - 2)
        self._text.setFixedHeight(min(round(document.size().height()) + 4, round(0.6 * room.height())))
        height = min(self.layout().totalHeightForWidth(width), room.height())
        self.setGeometry(place_beside(target, QSize(width, height), room))
        self.show()
        self._text.setFocus()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Escape closes it, and so does the key that opened it."""
        if event.key() in (Qt.Key.Key_Escape, Qt.Key.Key_F1):
            self.close()
        else:
            super().keyPressEvent(event)

    def _follow(self, key: str) -> None:
        self.close()
        self.termRequested.emit(key)

    def _point(self) -> None:
        self.close()
        self.pointAsked.emit()


class WhatsThisController(QObject):
    """Gives widgets their ``whatsThis`` by their names, and shows it when it is asked for."""

    termRequested = Signal(str)

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        window.setProperty("isExplained", True)  # by its own list of keys
        self._theme: Theme | None = None
        self._scale = 1.0
        QApplication.instance().focusChanged.connect(self._focus_moved)

    def setLook(self, theme: Theme, scale: float) -> None:
        """Use a theme's colours and a scale for the next card."""
        self._theme, self._scale = theme, scale

    def dress(self, root: QWidget) -> None:
        """Let every widget in a window say what it is, for screen readers too."""
        for widget in (root, *root.findChildren(QWidget)):
            if not widget.whatsThis() and (said := whats_this().find(widget.objectName())) is not None:
                widget.setWhatsThis(said.plain_text)

    def ask(self) -> None:
        """Explain what has the focus."""
        if (widget := QApplication.focusWidget()) is not None:
            self._explain(widget, None)

    def point(self) -> None:
        """Explain what is clicked next; Escape ends it."""
        for top in QApplication.topLevelWidgets():
            self.dress(top)
        QApplication.instance().installEventFilter(self)  # only while somebody points: it sees every event there is
        QWhatsThis.enterWhatsThisMode()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Show our own card, with letters of the window's size and links that keys reach, in place of Qt's."""
        if event.type() == QEvent.Type.LeaveWhatsThisMode:
            QApplication.instance().removeEventFilter(self)
        elif event.type() == QEvent.Type.WhatsThis and isinstance(watched, QWidget) and isinstance(event, QHelpEvent):
            where = event.globalPos()
            QWhatsThis.leaveWhatsThisMode()
            QApplication.instance().removeEventFilter(self)
            # Not within the press: the card takes the mouse.
            QTimer.singleShot(0, watched, lambda: self._explain(watched, where))
            event.accept()
            return True
        return False

    def _explain(self, widget: QWidget, where: QPoint | None) -> None:
        found = explained(widget, where)
        if found is None or self._theme is None:
            return
        said, one, owner = found
        card = WhatsThisCard(owner.window(), self._theme, self._scale)
        card.termRequested.connect(self.termRequested)
        card.pointAsked.connect(self.point)
        target = QRect(owner.mapToGlobal(QPoint()), owner.size()) if where is None else QRect(where, QSize(1, 1))
        card.show_beside(said, one, target)

    def _focus_moved(self, _old: QWidget | None, new: QWidget | None) -> None:
        """A dialog that is new gets its explanations, and the key that asks for them."""
        top = new.window() if new is not None else None
        if top is None or top.property("isExplained") or isinstance(top, WhatsThisCard):
            return
        top.setProperty("isExplained", True)
        self.dress(top)
        QShortcut(QKeySequence(KEY), top, activated=self.ask)


def explained(widget: QWidget, where: QPoint | None) -> tuple[Explanation, str, QWidget] | None:
    """Return what is said of a widget, of this part of it, and which widget that is: it, or what it lies in.

    where: a point of the screen, None for the widget with the focus.
    """
    owner: QWidget | None = widget
    while owner is not None:
        said = whats_this().find(owner.objectName()) if owner.objectName() else None
        if said is not None:
            point = owner.mapFromGlobal(where if where is not None else QCursor.pos())
            part = owner.whatIs(point) if isinstance(owner, HasParts) and where is not None else None
            if where is None and isinstance(owner, HasChosen):
                part = owner.whatIsChosen()
            if part is not None:
                return whats_this().find(f"{owner.objectName()}:{part[0]}") or said, part[1], owner
            return said, "", owner
        owner = None if owner.isWindow() else owner.parentWidget()
    return None
