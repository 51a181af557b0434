"""File dialogs fit their text and scale their icons at every font size."""

import ast
from pathlib import Path

import pytest
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import (
    QAbstractButton,
    QComboBox,
    QDialogButtonBox,
    QFileDialog,
    QLineEdit,
    QListView,
    QMessageBox,
    QToolButton,
    QTreeView,
)

from explorer.views.lessons.controller import LessonController
from explorer.views.sharing.controller import SharingController
from explorer.views.widgets.file_dialog import open_file_dialog
from tests.views.shell.test_large_fonts import elided_texts, settled_layout_problems

VIEWS = Path(__file__).parents[3] / "explorer" / "views"

LONG_NAME = "a long name of a lesson about the chain rule and its gradients.md"

OPENERS = {
    "a lesson": lambda window: window.part(LessonController).panel.fileRequested.emit(),
    "a scene to save": lambda window: window.part(LessonController).panel.saveRequested.emit(),
    "a network": lambda window: window.tab("training").form.openRequested.emit(),
    "a network to save": lambda window: window.tab("training").form.saveRequested.emit(),
    "whose graph": lambda window: window.tab("network").source.activated.emit(
        window.tab("network").source.findData("file")
    ),
    "curves to save": lambda window: window.tab("training").runs._ask_path(),
    "a picture to save": lambda window: window.tab("weights").findChild(QAbstractButton, "savePictureButton").click(),
    "weights to save": lambda window: window.tab("weights").findChild(QAbstractButton, "saveArraysButton").click(),
    "a picture of a digit": lambda window: window.tab("activations").draw._ask_path(),
    "images": lambda window: window.tab("data").source.activated.emit(window.tab("data").source.findData("file")),
    "numbers of the plot": lambda window: window.part(SharingController).save_table(),
}


@pytest.fixture
def folder(tmp_path):
    """A folder with a file of each kind, one of them with a long name."""
    folder = tmp_path / "f"
    folder.mkdir()
    for name in (*(f"file.{ending}" for ending in ("md", "keras", "npz", "png", "csv", "svg")), LONG_NAME):
        (folder / name).touch()
    (folder / "inside").mkdir()
    return folder


def open_dialog(ui, folder, what):
    """Open a file dialog and wait until it lists the contents of a folder."""
    OPENERS[what](ui.window)
    dialog = next(d for d in ui.window.findChildren(QFileDialog) if d.isVisible())
    dialog.setDirectory(str(folder))  # it starts in the folder of the previous dialog
    tree = dialog.findChild(QTreeView, "treeView")
    ui.until(lambda: tree.model().rowCount(tree.rootIndex()) > 1 and entries(tree)[0] == "inside")
    return dialog


def entries(tree):
    """Return the texts of the first column."""
    model, root = tree.model(), tree.rootIndex()
    return [model.index(row, 0, root).data() for row in range(model.rowCount(root))]


def close(ui, dialog):
    gone = []
    dialog.destroyed.connect(lambda: gone.append(True))
    dialog.reject()
    ui.until(lambda: bool(gone))


def icon_heights(dialog):
    """Yield the height of the icons of each part, in pixels."""
    for view in dialog.findChildren(QListView) + dialog.findChildren(QTreeView):
        if view.objectName() in ("sidebar", "listView", "treeView"):
            yield view.objectName(), view.iconSize().height()
    for button in dialog.findChildren(QToolButton):
        if button.isVisible():
            yield button.objectName(), button.icon().actualSize(button.iconSize()).height()
    yield "lookInCombo", dialog.findChild(QComboBox, "lookInCombo").iconSize().height()


@pytest.mark.parametrize(
    "scale", [pytest.param(1.0, marks=pytest.mark.slow), pytest.param(2.0, marks=pytest.mark.slow), 3.0]
)
@pytest.mark.parametrize("what", OPENERS)
def test_nothing_is_cut_off_in_a_file_dialog(ui, folder, what, scale):
    ui.complete("sin(2*x)")
    ui.sessions.store.set("scale", scale)
    dialog = open_dialog(ui, folder, what)
    path = dialog.findChild(QComboBox, "lookInCombo")
    assert path.toolTip() == str(folder)
    path.hide()
    assert settled_layout_problems(dialog) == []
    assert (dialog.size() - dialog.screen().availableSize()).isEmpty()
    for view in (dialog.findChild(QTreeView, "treeView"), dialog.findChild(QListView, "sidebar")):
        assert list(elided_texts(view)) == []
        assert view.viewport().width() > 0
    assert {name: high for name, high in icon_heights(dialog) if high < round(15 * scale)} == {}
    close(ui, dialog)


def test_an_open_dialog_follows_a_larger_font(ui, folder):
    dialog = open_dialog(ui, folder, "a lesson")
    before = dialog.size()
    ui.sessions.store.set("scale", 3.0)
    tree = dialog.findChild(QTreeView, "treeView")
    ui.until(lambda: tree.iconSize().height() == 48)
    assert dialog.height() > before.height()
    assert list(elided_texts(tree)) == []
    close(ui, dialog)


def test_the_tooltip_has_the_full_path_of_the_folder(ui, folder):
    dialog = open_dialog(ui, folder, "a lesson")
    tree = dialog.findChild(QTreeView, "treeView")
    tree.activated.emit(tree.model().index(0, 0, tree.rootIndex()))
    assert dialog.findChild(QComboBox, "lookInCombo").toolTip() == str(folder / "inside")
    close(ui, dialog)


def test_nothing_is_cut_off_in_the_question_about_overwriting(ui, folder):
    ui.sessions.store.set("scale", 3.0)
    dialog = open_dialog(ui, folder, "curves to save")
    found, polling = [], QTimer(dialog, interval=20)

    def check_message_box():
        for box in dialog.findChildren(QMessageBox):
            polling.stop()
            found.append(settled_layout_problems(box))
            box.reject()

    polling.timeout.connect(check_message_box)
    polling.start()
    dialog.findChild(QLineEdit, "fileNameEdit").setText("file.csv")
    dialog.findChild(QDialogButtonBox).button(
        QDialogButtonBox.StandardButton.Save
    ).click()  # blocks until the message box is closed
    assert found == [[]]
    close(ui, dialog)


def test_a_new_file_gets_the_suffix_of_its_type(ui):
    for name_filter, name, suffix in (
        ("Pictures (*.png *.jpg)", "", ""),
        ("Lessons (*.md)", "", "md"),
        ("Pictures (*.svg *.png)", "graph.svg", "svg"),
    ):
        dialog = open_file_dialog(ui.window, "saveDialog", "Title", name_filter, str, save_as=name)
        assert dialog.defaultSuffix() == suffix
        close(ui, dialog)


def test_file_dialogs_are_created_in_one_module_only():
    """A dialog that is created elsewhere would not scale with the font."""
    makers = set()
    for path in VIEWS.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "QFileDialog":
                makers.add(path.name)
    assert makers == {"file_dialog.py"}
