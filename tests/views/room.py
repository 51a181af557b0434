"""What in a window is cut, elided, out of reach, or lies over something else."""

from itertools import combinations

from PySide6.QtCore import QRect, Qt
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractScrollArea,
    QAbstractSpinBox,
    QComboBox,
    QLabel,
    QLineEdit,
    QStatusBar,
    QStyle,
    QStyleOptionComboBox,
    QToolButton,
    QWidget,
)

KINDS = (QLabel, QAbstractButton, QComboBox, QAbstractSpinBox, QLineEdit)


def told(widget):
    words = widget.currentText() if isinstance(widget, QComboBox) else getattr(widget, "text", str)()
    return f"{type(widget).__name__} {widget.objectName()} {words[:40]!r}"


def is_inner(widget):
    return isinstance(widget.parent(), QAbstractSpinBox | QComboBox | QLineEdit | QStatusBar)


def words_fit(widget):
    """Whether what a widget says fits into it."""
    if isinstance(widget, QComboBox):
        option = QStyleOptionComboBox()
        widget.initStyleOption(option)
        field = widget.style().subControlRect(
            QStyle.ComplexControl.CC_ComboBox, option, QStyle.SubControl.SC_ComboBoxEditField, widget
        )
        return widget.fontMetrics().horizontalAdvance(widget.currentText()) <= field.width() + 1
    if isinstance(widget, QLineEdit | QAbstractSpinBox):
        return widget.height() >= widget.minimumSizeHint().height() - 1
    least = widget.minimumSizeHint()
    if isinstance(widget, QLabel):
        if not widget.text():
            return True
        if widget.wordWrap():
            longest = max((widget.fontMetrics().horizontalAdvance(word) for word in plain(widget).split()), default=0)
            margins = widget.contentsMargins()
            room = widget.width() - margins.left() - margins.right()
            return longest <= room + 1 and widget.height() >= widget.heightForWidth(widget.width()) - 1
    elif not widget.text():
        return widget.width() >= widget.iconSize().width() and widget.height() >= widget.iconSize().height()
    return widget.width() >= least.width() - 1 and widget.height() >= least.height() - 1


def plain(label):
    return "" if label.textFormat() == Qt.TextFormat.RichText or "<" in label.text() else label.text()


def out_of_reach(widget, window):
    """The first widget around this one that cuts it and does not scroll to it; None where it can be seen."""
    child, place = widget, widget.rect()
    while child is not window:
        parent = child.parentWidget()
        place = QRect(child.mapTo(parent, place.topLeft()), place.size())
        area = parent.parentWidget() if parent.objectName() == "qt_scrollarea_viewport" else None
        if isinstance(area, QAbstractScrollArea):
            off = Qt.ScrollBarPolicy.ScrollBarAlwaysOff
            wide = area.horizontalScrollBarPolicy() == off and (place.left() < 0 or place.right() > parent.width())
            if wide:
                return area
            place = place.intersected(parent.rect()) if place.intersects(parent.rect()) else parent.rect()
        elif not parent.rect().adjusted(-1, -1, 1, 1).contains(place):
            return parent
        child = parent
    return None


def overlapping(window):
    """Pairs of words and controls of one parent that lie over each other."""
    for parent in [window, *window.findChildren(QWidget)]:
        shown = [child for child in parent.children() if isinstance(child, QWidget) and child.isVisible()]
        if parent.layout() is None:
            continue
        shown = [child for child in shown if parent.layout().indexOf(child) >= 0 or isinstance(child, KINDS)]
        for one, other in combinations(shown, 2):
            common = one.geometry().intersected(other.geometry())
            if common.width() > 2 and common.height() > 2:
                yield f"{told(one)} lies over {told(other)}"


def crammed(window):
    """Sentences about what does not fit into a window; none where all is well."""
    found = []
    for kind in KINDS:
        for widget in window.findChildren(kind):
            if not widget.isVisible() or is_inner(widget) or widget.window() is not window:
                continue
            if isinstance(widget, QToolButton) and widget.objectName() in ("ScrollLeftButton", "ScrollRightButton"):
                continue
            if not words_fit(widget):
                least = widget.minimumSizeHint()
                found.append(
                    f"{told(widget)} is cut: {widget.width()}x{widget.height()}, needs {least.width()}x{least.height()}"
                )
            if (cutter := out_of_reach(widget, window)) is not None:
                found.append(f"{told(widget)} is out of reach in {type(cutter).__name__} {cutter.objectName()}")
            elided = getattr(widget, "_full", None)
            if elided and elided != widget.text():
                found.append(f"{told(widget)} is elided")
    return [*found, *overlapping(window)]
