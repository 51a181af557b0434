"""Pictures of views: a list of the views, and a dialog for the view, the format and the scale."""

import threading
from collections.abc import Callable, Mapping

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QImage, QPainter, QPixmap
from PySide6.QtWidgets import QApplication, QDialog, QFormLayout, QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from explorer.core.atomic_write import try_to_save
from explorer.views.painting.drawing_export import FORMATS, PNG_SCALE, drawing_of, render_file
from explorer.views.theme.theme import Theme
from explorer.views.widgets.code_dialog import ask_save_path
from explorer.views.widgets.fields.choice_combo import ChoiceCombo
from explorer.views.widgets.fields.segmented_control import SegmentedControl
from explorer.views.widgets.fields.spin_boxes import DecimalSpinBox
from explorer.views.widgets.labels import make_label

WINDOW_TITLE = "whole window"

PREVIEW_SIZE = QSize(420, 260)

FORMAT_LABELS = {
    "svg": ("SVG", "Lines that stay sharp at any size, for the web and for drawing programs"),
    "png": ("PNG", "Pixels, for slides and chats"),
    "pdf": ("PDF", "Lines that stay sharp at any size, for LaTeX and print"),
}


def visible_views(window: QWidget, titles: Mapping[str, str]) -> dict[str, QWidget]:
    """Return the visible views by title, the one with the focus first, the window last. titles: by object name."""
    found: dict[str, QWidget] = {}
    for name, title in titles.items():
        for widget in window.findChildren(QWidget, name):
            if widget.isVisible():
                found.setdefault(title, widget)
    focus = QApplication.focusWidget()
    focused = {t: w for t, w in found.items() if focus is not None and (w is focus or w.isAncestorOf(focus))}
    return {**focused, **found, WINDOW_TITLE: window}


class PictureDialog(QDialog):
    """Asks which view to save, and saves it. messageReported: the result."""

    messageReported = Signal(str)
    _written = Signal(str, bool)

    def __init__(self, window: QWidget, theme: Theme, views: dict[str, QWidget]) -> None:
        super().__init__(window)
        self.setObjectName("pictureDialog")
        self.setWindowTitle("Save a picture")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._window, self._theme, self._views = window, theme, views
        self._kind = FORMATS[0]
        self._preview = make_label("", "picturePreview")
        self._preview.setAccessibleName("How the picture will look")
        self._preview.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._preview.setMinimumSize(PREVIEW_SIZE)
        self.which = ChoiceCombo("pictureCombo")
        self.which.setAccessibleName("Which view to save")
        self.which.setToolTip("Which view to save; views of other tabs are offered there")
        for title in views:
            self.which.addItem(title[0].upper() + title[1:], title)
        self._formats = SegmentedControl("pictureFormat", FORMAT_LABELS)
        self._formats.setCurrent(self._kind)
        self.scale = DecimalSpinBox()
        self.scale.setObjectName("pictureScale")
        self.scale.setAccessibleName("Pixels of the PNG for each of the screen")
        self.scale.setToolTip("1 is as large as on the screen, 3 is good for print")
        self.scale.setDecimals(2)
        self.scale.setRange(0.25, 16)
        self.scale.setValue(PNG_SCALE)
        self._size = make_label("muted", "pictureSize")
        self._save = QPushButton("Save …")
        self._save.setObjectName("savePictureButton")
        self._save.setToolTip("Choose a file")
        self._save.setDefault(True)
        self._save.clicked.connect(self._ask_path)
        close = QPushButton("Close")
        close.setObjectName("closePictureButton")
        close.setToolTip("Save nothing")
        close.clicked.connect(self.close)
        form = QFormLayout()
        form.setRowWrapPolicy(QFormLayout.RowWrapPolicy.WrapLongRows)
        form.addRow("View", self.which)
        form.addRow("Format", self._formats)
        form.addRow("Scale", self.scale)
        form.addRow("", self._size)
        row = QHBoxLayout()
        row.addStretch(1)
        row.addWidget(close)
        row.addWidget(self._save)
        column = QVBoxLayout(self)
        column.setContentsMargins(18, 16, 18, 16)
        column.setSpacing(12)
        column.addWidget(self._preview, 1)
        column.addLayout(form)
        column.addLayout(row)
        self.which.currentIndexChanged.connect(lambda _index: self._show())
        self._formats.chosen.connect(self.setFormat)
        self.scale.valueChanged.connect(lambda _value: self._update_size())
        self._written.connect(self._done)
        self._show()

    @property
    def chosen(self) -> QWidget:
        """The view to save."""
        return self._views[self.which.currentData()]

    def setFormat(self, kind: str) -> None:
        """Choose ``svg``, ``png`` or ``pdf``."""
        self._kind = kind
        self._formats.setCurrent(kind)
        self._update_size()

    def save(self, path: str) -> None:
        """Write the chosen view to ``path``, atomically, and report the result."""
        try:
            write = render_file(drawing_of(self.chosen), self._theme.panel, path, self.scale.value())
        except ValueError as error:
            self.messageReported.emit(f"Not saved: {error}")
        except RuntimeError:
            self.messageReported.emit("Not saved: this view has been closed")
        else:
            threading.Thread(target=self._write, args=(path, write), name="picture", daemon=True).start()

    def _write(self, path: str, write: Callable[[], None]) -> None:
        """Write the file in a thread: encoding a large picture takes a second."""
        result = try_to_save(path, write)
        try:
            self._written.emit(result.message, result.is_saved)
        except RuntimeError:
            return  # the window was closed meanwhile

    def _done(self, message: str, is_saved: bool) -> None:
        self.messageReported.emit(message)
        if is_saved:
            self.close()

    def open(self) -> None:
        """Show the dialog without blocking; `QDialog.open` would make it modal."""
        self.show()

    def _ask_path(self) -> None:
        ask_save_path(self._window, self.which.currentData(), self.save, self._kind)

    def _show(self) -> None:
        """Update the preview."""
        self._update_size()
        try:
            drawing = drawing_of(self.chosen)
        except (ValueError, RuntimeError) as error:
            self._preview.setText(f"{error}.".capitalize())
            self._save.setEnabled(False)
            return
        self._save.setEnabled(True)
        ratio = self.devicePixelRatioF()
        size = drawing.size.scaled(PREVIEW_SIZE, Qt.AspectRatioMode.KeepAspectRatio) * ratio
        image = QImage(size.toSize().expandedTo(QSize(1, 1)), QImage.Format.Format_ARGB32_Premultiplied)
        image.fill(self._theme.panel)
        image.setDevicePixelRatio(image.width() / drawing.size.width())
        painter = QPainter(image)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        drawing.draw(painter, QRectF(QPointF(), drawing.size))
        painter.end()
        image.setDevicePixelRatio(ratio)
        self._preview.setPixmap(QPixmap.fromImage(image))

    def _update_size(self) -> None:
        self.scale.setEnabled(self._kind == "png")
        try:
            size = drawing_of(self.chosen).size
        except (ValueError, RuntimeError):
            self._size.setText("")
            return
        if self._kind == "png":
            size = size * self.scale.value()
            self._size.setText(f"{size.toSize().width():,} × {size.toSize().height():,} pixels")
        else:
            self._size.setText("Sharp at any size; letters need no fonts")


def open_picture_dialog(
    window: QWidget, theme: Theme, titles: Mapping[str, str], report: Callable[[str], None]
) -> PictureDialog:
    """Open the dialog with the visible views; ``report`` receives the result of saving."""
    dialog = PictureDialog(window, theme, visible_views(window, titles))
    dialog.messageReported.connect(report)
    dialog.open()
    return dialog
