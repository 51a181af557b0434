"""Asks for a file. Qt's own dialog takes its sizes from pixels: here it gets room for letters of every size."""

from collections.abc import Callable

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

WIDTH_PX, HEIGHT_PX = 640, 430
"""Of Qt's dialog, in pixels at scale 1."""

LARGE_TEXT_SCALE = 1.6
"""From this scale on the line at the top has no room for buttons that one can do without."""

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
    kinds: str,
    done: Callable[[str], None],
    *,
    save_as: str = "",
    adds: bool = False,
) -> QFileDialog:
    """Ask for a file without blocking, and give its path to ``done``.

    kinds: what may be chosen, such as ``Tables (*.csv)``; a new name without an ending gets the first.
    save_as: the name that is proposed for a new file; without it, a file that exists is opened.
    adds: saving adds to a file, so that nobody need be asked whether it may be replaced.
    """
    # A class of our own would never be the desktop's dialog: Qt shows that for its own class alone.
    dialog = QFileDialog(parent, title, save_as, kinds)
    dialog.setObjectName(object_name)
    dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave if save_as else QFileDialog.AcceptMode.AcceptOpen)
    dialog.setFileMode(QFileDialog.FileMode.AnyFile if save_as else QFileDialog.FileMode.ExistingFile)
    endings = kinds.partition("(*.")[2].rstrip(")").split(" *.")
    if save_as or len(endings) == 1:  # a picture is opened whatever its name ends in
        dialog.setDefaultSuffix(endings[0])
    dialog.setOption(QFileDialog.Option.DontConfirmOverwrite, adds)
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    dialog.fileSelected.connect(done)
    dialog.setModal(False)
    if dialog.findChild(QTreeView, "treeView") is not None:  # the desktop's dialog knows its letters itself
        _TextScaler(dialog, kinds)
    dialog.show()
    return dialog


class _TextScaler(QObject):
    """Gives a dialog of Qt's the room that its letters need, and follows them while it is open."""

    def __init__(self, dialog: QFileDialog, kinds: str) -> None:
        super().__init__(dialog)
        self._dialog = dialog
        self._kinds = kinds
        self._look: tuple[int, str] | None = None
        dialog.ensurePolished()
        self._fit()
        dialog.installEventFilter(self)
        self._part(QComboBox, "lookInCombo").currentTextChanged.connect(lambda _path: self._say_folder())

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Follow the size of letters, and the theme."""
        if event.type() in (QEvent.Type.FontChange, QEvent.Type.StyleChange, QEvent.Type.Show):
            self._fit()
        return False

    def _fit(self) -> None:
        dialog = self._dialog
        look = dialog.fontInfo().pixelSize(), dialog.palette().buttonText().color().name()
        if look == self._look:
            return
        self._look = look
        scale = look[0] / BASE_FONT_PX
        self._fit_icons(scale)
        self._fit_words(scale)
        resize_to_font(dialog, WIDTH_PX, HEIGHT_PX)

    def _fit_words(self, scale: float) -> None:
        dialog = self._dialog
        # Columns are as wide as what stands in them, and scroll.
        header = self._part(QTreeView, "treeView").header()
        header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        places = self._part(QListView, "sidebar")
        wide = places.sizeHintForColumn(0) + 2 * places.frameWidth() + 4
        self._part(QSplitter, "splitter").setSizes([wide, max(dialog.width(), round(WIDTH_PX * scale)) - wide])
        places.setMinimumWidth(wide)
        large = scale >= LARGE_TEXT_SCALE
        for name in ("listModeButton", "detailModeButton"):
            self._part(QToolButton, name).setHidden(large)
        # A list of endings is longer than the line.
        dialog.setOption(QFileDialog.Option.HideNameFilterDetails, large)
        self._part(QComboBox, "fileTypeCombo").setToolTip(self._kinds)
        self._say_folder()

    def _say_folder(self) -> None:
        path = self._part(QComboBox, "lookInCombo")
        path.setToolTip(path.currentText())  # it may be longer than the line

    def _fit_icons(self, scale: float) -> None:
        dialog = self._dialog
        size = QSize(round(16 * scale), round(16 * scale))
        for view in dialog.findChildren(QAbstractItemView):
            view.setIconSize(size)
        for combo in dialog.findChildren(QComboBox):
            combo.setIconSize(size)
        palette = dialog.palette()
        bright, faint = palette.buttonText().color().name(), palette.placeholderText().color().name()
        for name, picture in BUTTON_ICONS.items():
            button = self._part(QAbstractButton, name)
            button.setIcon(icon(picture, bright, faint))
            button.setIconSize(size)

    def _part(self, kind: type, name: str) -> QWidget:
        return self._dialog.findChild(kind, name)
