"""Everything that a window tells: texts on the screen, tooltips, and what a screen reader finds."""

import numpy as np
from PySide6.QtCore import QAbstractListModel, Qt
from PySide6.QtGui import QAccessible
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QComboBox,
    QGraphicsView,
    QLabel,
    QLineEdit,
    QTextEdit,
)
from PySide6.QtWidgets import QWidget as Widget

ROLES = (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole, Qt.ItemDataRole.AccessibleTextRole)

MAX_DEPTH = 60


def visible_texts(window, typed=("answerEdit", "expressionEdit")):
    """Return the texts of all visible widgets and of their accessible objects, but for what the user has typed."""
    texts = []
    for widget in window.findChildren(Widget):
        if not widget.isVisibleTo(window) or widget.objectName() in typed:
            continue
        texts += [widget.toolTip(), widget.accessibleName(), widget.accessibleDescription(), widget.statusTip()]
        if isinstance(widget, QLabel | QAbstractButton | QLineEdit):
            texts.append(widget.text())
        elif isinstance(widget, QComboBox):
            texts.append(widget.currentText())
        elif isinstance(widget, QTextEdit):
            texts.append(widget.toPlainText())
        elif isinstance(widget, QAbstractItemView) and (model := widget.model()) is not None:
            columns = 1 if isinstance(model, QAbstractListModel) else model.columnCount()
            for row in range(model.rowCount()):
                for column in range(columns):
                    texts += [str(model.data(model.index(row, column), role) or "") for role in ROLES]
        elif isinstance(widget, QGraphicsView) and widget.scene() is not None:
            texts += [item.toolTip() for item in widget.scene().items() if item.isVisible()]
        texts.append(str(widget.property("text") or ""))
    texts += spoken_texts(QAccessible.queryAccessibleInterface(window))
    return [text.replace("\u200b", "") for text in texts if text]


def spoken_texts(interface, depth=0):
    """Return what a screen reader finds in an accessible object and in all that it contains."""
    if interface is None or not interface.isValid() or depth > MAX_DEPTH or interface.state().invisible:
        return []
    kinds = (QAccessible.Text.Name, QAccessible.Text.Value, QAccessible.Text.Description, QAccessible.Text.Help)
    obj = interface.object()
    is_typed = obj is not None and obj.objectName() in ("answerEdit", "expressionEdit")
    texts = [] if is_typed else [interface.text(kind) for kind in kinds]
    for index in range(interface.childCount()):
        texts += spoken_texts(interface.child(index), depth + 1)
    return texts


def tainted(values, tensors):
    """Return values in which the numbers of some tensors are ones that occur nowhere else: 7,319.4 and the like."""
    changed = dict(values)
    for number, tensor in enumerate(sorted(tensors)):
        if tensor in changed:
            value = np.asarray(changed[tensor])
            changed[tensor] = np.full(value.shape, SENTINEL + 0.5 * number, np.float64).astype(value.dtype)
    return changed


SENTINEL = 7319.5


def leaks(texts):
    """Return the texts that have one of the numbers of `tainted`."""
    return [text for text in texts if any(digits in text for digits in ("7319", "732", "7.32", "7,319"))]
