"""File dialogs. Qt's own one has sizes in pixels; here it scales with the font."""

from collections.abc import Callable
from typing import TypeVar

from PySide6.QtCore import QEvent, QObject, QSize, Qt
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QComboBox,
    QFileDialog,
    QHeaderView,
    QListView,
    QSplitter,
    QToolButton,
    QTreeView,
    QWidget,
)

from explorer.views.theme.icons import icon
from explorer.views.widgets.positioning import BASE_FONT_PX, resize_to_font

AnyWidget = TypeVar("AnyWidget", bound=QWidget)

WIDTH_PX, HEIGHT_PX = 640, 430
"""Size of Qt's dialog at scale 1."""

LARGE_TEXT_SCALE = 1.6
"""Scale from which dispensable buttons are hidden, because the top row has no room for them."""

BUTTON_ICONS = {
    "backButton": "back",
    "forwardButton": "forward",
    "toParentButton": "up",
    "newFolderButton": "folder",
    "listModeButton": "list",
    "detailModeButton": "details",
}


def open_file_dialog(
    parent: QWidget,
    object_name: str,
    title: str,
    name_filter: str,
    on_accept: Callable[[str], None],
    *,
    save_as: str = "",
    appends: bool = False,
) -> QFileDialog:
    """Ask for a file without blocking, and pass its path to ``on_accept``.

    name_filter: as QFileDialog takes it, such as ``Tables (*.csv)``; a new name without suffix gets the first one.
    save_as: proposed name of a new file; if empty, an existing file is opened.
    appends: saving appends to the file, so no confirmation to overwrite it is needed.
    """
    # Not a subclass: Qt uses the native dialog of the desktop for QFileDialog itself only.
    dialog = QFileDialog(parent, title, save_as, name_filter)
    dialog.setObjectName(object_name)
    dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave if save_as else QFileDialog.AcceptMode.AcceptOpen)
    dialog.setFileMode(QFileDialog.FileMode.AnyFile if save_as else QFileDialog.FileMode.ExistingFile)
    suffixes = name_filter.partition("(*.")[2].rstrip(")").split(" *.")
    if save_as or len(suffixes) == 1:  # among several formats, an existing file may have any suffix
        dialog.setDefaultSuffix(suffixes[0])
    dialog.setOption(QFileDialog.Option.DontConfirmOverwrite, appends)
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    dialog.fileSelected.connect(on_accept)
    dialog.setModal(False)
    if dialog.findChild(QTreeView, "treeView") is not None:  # a native dialog scales by itself
        _TextScaler(dialog, name_filter)
    dialog.show()
    return dialog


class _TextScaler(QObject):
    """Adapts Qt's file dialog to the font and theme, also while it is open."""

    def __init__(self, dialog: QFileDialog, name_filter: str) -> None:
        super().__init__(dialog)
        self._dialog = dialog
        self._name_filter = name_filter
        self._applied_style: tuple[int, str] | None = None
        dialog.ensurePolished()
        self._fit()
        dialog.installEventFilter(self)
        self._child(QComboBox, "lookInCombo").currentTextChanged.connect(lambda _path: self._update_folder_tooltip())

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Adapt to another font or theme."""
        if event.type() in (QEvent.Type.FontChange, QEvent.Type.StyleChange, QEvent.Type.Show):
            self._fit()
        return False

    def _fit(self) -> None:
        dialog = self._dialog
        style = dialog.fontInfo().pixelSize(), dialog.palette().buttonText().color().name()
        if style == self._applied_style:
            return
        self._applied_style = style
        scale = style[0] / BASE_FONT_PX
        self._fit_icons(scale)
        self._fit_widths(scale)
        resize_to_font(dialog, WIDTH_PX, HEIGHT_PX)

    def _fit_widths(self, scale: float) -> None:
        dialog = self._dialog
        # Columns are as wide as their contents; the view scrolls.
        header = self._child(QTreeView, "treeView").header()
        header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        sidebar = self._child(QListView, "sidebar")
        width = sidebar.sizeHintForColumn(0) + 2 * sidebar.frameWidth() + 4
        self._child(QSplitter, "splitter").setSizes([width, max(dialog.width(), round(WIDTH_PX * scale)) - width])
        sidebar.setMinimumWidth(width)
        is_large = scale >= LARGE_TEXT_SCALE
        for name in ("listModeButton", "detailModeButton"):
            self._child(QToolButton, name).setHidden(is_large)
        # The list of suffixes would be longer than the line.
        dialog.setOption(QFileDialog.Option.HideNameFilterDetails, is_large)
        self._child(QComboBox, "fileTypeCombo").setToolTip(self._name_filter)
        self._update_folder_tooltip()

    def _update_folder_tooltip(self) -> None:
        path = self._child(QComboBox, "lookInCombo")
        path.setToolTip(path.currentText())  # the path may be cut off

    def _fit_icons(self, scale: float) -> None:
        dialog = self._dialog
        size = QSize(round(16 * scale), round(16 * scale))
        for view in dialog.findChildren(QAbstractItemView):
            view.setIconSize(size)
        for combo in dialog.findChildren(QComboBox):
            combo.setIconSize(size)
        palette = dialog.palette()
        bright, faint = palette.buttonText().color().name(), palette.placeholderText().color().name()
        for name, icon_name in BUTTON_ICONS.items():
            button = self._child(QAbstractButton, name)
            button.setIcon(icon(icon_name, bright, faint))
            button.setIconSize(size)

    def _child(self, kind: type[AnyWidget], object_name: str) -> AnyWidget:
        child: AnyWidget | None = self._dialog.findChild(kind, object_name)
        assert child is not None, object_name
        return child
