"""What lies over the window in present mode: a black screen, and a ring around the mouse."""

from PySide6.QtCore import QEvent, QObject, QPoint, Qt
from PySide6.QtGui import QColor, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QApplication, QWidget

POINTER_WIDTH_PX = 54
"""Diameter of the pointer's ring at scale 1, visible from the back row."""


class BlackScreen(QWidget):
    """Covers the window in black, so that a class looks at the lecturer; a key or a click removes it."""

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        self._window = window
        self.setObjectName("blackCover")
        self.setAccessibleName("Black: B or a click ends it")
        self.hide()

    def setShown(self, shown: bool) -> None:
        """Cover the window, or show it again."""
        self.setGeometry(self._window.rect())
        self.setVisible(shown)
        self.raise_()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Show the window again."""
        self.setShown(False)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Fill the widget with black."""
        painter = QPainter(self)
        painter.fillRect(self.rect(), Qt.GlobalColor.black)
        painter.end()


class Pointer(QWidget):
    """A ring around the mouse, transparent for mouse events."""

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        self._window = window
        self.setObjectName("pointerRing")
        self.setAccessibleName("Pointer")
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self._colour = QColor("#e69f00")
        self.hide()

    def setShown(self, shown: bool, colour: QColor, scale: float) -> None:
        """Show or hide the ring."""
        self._colour = colour
        diameter = round(POINTER_WIDTH_PX * scale)
        self.resize(diameter, diameter)
        app = QApplication.instance()
        assert app is not None
        if shown:
            self.moveTo(self._window.mapFromGlobal(self.cursor().pos()))
            app.installEventFilter(self)
        else:
            app.removeEventFilter(self)
        self.setVisible(shown)
        self.raise_()

    def moveTo(self, position: QPoint) -> None:
        """Put the centre of the ring at a position in the window."""
        self.move(position - self.rect().center())

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Follow the mouse over all widgets of the program."""
        if event.type() == QEvent.Type.MouseMove and isinstance(event, QMouseEvent):
            self.moveTo(self._window.mapFromGlobal(event.globalPosition().toPoint()))
        return False

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint a coloured ring with a dark and a bright edge, which stands out from any background."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        fill = QColor(self._colour)
        fill.setAlpha(60)
        painter.setBrush(fill)
        box = self.rect().adjusted(5, 5, -5, -5)
        for colour, width in ((QColor("black"), 8), (QColor("white"), 6), (self._colour, 4)):
            painter.setPen(QPen(colour, width))
            painter.drawEllipse(box)
            painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.end()
