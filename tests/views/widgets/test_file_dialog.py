"""Every dialog that asks for a file has room for its letters, and shows pictures of their size."""

import ast
from pathlib import Path

import pytest
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import (
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
from tests.views.shell.test_large_fonts import at_rest, elided

VIEWS = Path(__file__).parents[3] / "explorer" / "views"

LONG = "a long name of a lesson about the chain rule and its gradients.md"

ASKED = {
    "a lesson": lambda window: window.part(LessonController).panel.fileAsked.emit(),
    "a scene to save": lambda window: window.part(LessonController).panel.saveAsked.emit(),
    "a network": lambda window: window.tab("training").form.openRequested.emit(),
    "a network to save": lambda window: window.tab("training").form.saveRequested.emit(),
    "whose graph": lambda window: window.tab("network").source.activated.emit(
        window.tab("network").source.findData("file")
    ),
    "curves to save": lambda window: window.tab("training").runs._ask_path(),
    "a picture to save": lambda window: window.tab("weights").bar.saveRequested.emit("png"),
    "weights to save": lambda window: window.tab("weights").bar.saveRequested.emit("npz"),
    "a picture of a digit": lambda window: window.tab("activations").draw._ask_path(),
    "images": lambda window: window.tab("data").source.activated.emit(window.tab("data").source.findData("file")),
    "numbers of the plot": lambda window: window.part(SharingController).save_table(),
}


@pytest.fixture
def folder(tmp_path):
    """A folder with a file of each kind, one of them with a long name."""
    folder = tmp_path / "f"
    folder.mkdir()
    for name in (*(f"file.{ending}" for ending in ("md", "keras", "npz", "png", "csv", "svg")), LONG):
        (folder / name).touch()
    (folder / "inside").mkdir()
    return folder


def opened(ui, folder, what):
    """The dialog that asks for something, once it shows what is in a folder."""
    ASKED[what](ui.window)
    dialog = next(d for d in ui.window.findChildren(QFileDialog) if d.isVisible())
    dialog.setDirectory(str(folder))  # it begins where the last one ended
    tree = dialog.findChild(QTreeView, "treeView")
    ui.until(lambda: tree.model().rowCount(tree.rootIndex()) > 1 and names(tree)[0] == "inside")
    return dialog


def names(tree):
    """What stands in the first column."""
    model, root = tree.model(), tree.rootIndex()
    return [model.index(row, 0, root).data() for row in range(model.rowCount(root))]


def closed(ui, dialog):
    gone = []
    dialog.destroyed.connect(lambda: gone.append(True))
    dialog.reject()
    ui.until(lambda: bool(gone))


def pictures(dialog):
    """Height of the picture that each part shows, in pixels."""
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
@pytest.mark.parametrize("what", ASKED)
def test_a_dialog_for_files_has_room(ui, folder, what, scale):
    ui.complete("sin(2*x)")
    ui.sessions.store.set("scale", scale)
    dialog = opened(ui, folder, what)
    path = dialog.findChild(QComboBox, "lookInCombo")
    assert path.toolTip() == str(folder)  # however long it is
    path.hide()
    assert at_rest(dialog) == []
    assert (dialog.size() - dialog.screen().availableSize()).isEmpty()
    for view in (dialog.findChild(QTreeView, "treeView"), dialog.findChild(QListView, "sidebar")):
        assert list(elided(view)) == []
        assert view.viewport().width() > 0
    assert {name: high for name, high in pictures(dialog) if high < round(15 * scale)} == {}
    closed(ui, dialog)


def test_letters_that_grow_while_it_is_open_find_room(ui, folder):
    dialog = opened(ui, folder, "a lesson")
    before = dialog.size()
    ui.sessions.store.set("scale", 3.0)
    tree = dialog.findChild(QTreeView, "treeView")
    ui.until(lambda: tree.iconSize().height() == 48)
    assert dialog.height() > before.height()
    assert list(elided(tree)) == []
    closed(ui, dialog)


def test_the_folder_that_one_goes_to_is_told_in_full(ui, folder):
    dialog = opened(ui, folder, "a lesson")
    tree = dialog.findChild(QTreeView, "treeView")
    tree.activated.emit(tree.model().index(0, 0, tree.rootIndex()))
    assert dialog.findChild(QComboBox, "lookInCombo").toolTip() == str(folder / "inside")
    closed(ui, dialog)


def test_what_is_asked_before_a_file_is_replaced_has_room(ui, folder):
    ui.sessions.store.set("scale", 3.0)
    dialog = opened(ui, folder, "curves to save")
    found, looks = [], QTimer(dialog, interval=20)

    def look():
        for box in dialog.findChildren(QMessageBox):
            looks.stop()
            found.append(at_rest(box))
            box.reject()

    looks.timeout.connect(look)
    looks.start()
    dialog.findChild(QLineEdit, "fileNameEdit").setText("file.csv")
    dialog.findChild(QDialogButtonBox).button(QDialogButtonBox.StandardButton.Save).click()  # returns with the answer
    assert found == [[]]
    closed(ui, dialog)


def test_a_picture_may_be_called_anything_and_a_new_file_gets_its_ending(ui):
    for kinds, name, suffix in (
        ("Pictures (*.png *.jpg)", "", ""),
        ("Lessons (*.md)", "", "md"),
        ("Pictures (*.svg *.png)", "graph.svg", "svg"),
    ):
        dialog = open_file_dialog(ui.window, "saveDialog", "Title", kinds, str, save_as=name)
        assert dialog.defaultSuffix() == suffix
        closed(ui, dialog)


def test_all_that_ask_for_a_file_ask_here():
    """A dialog that is made elsewhere would have the sizes of Qt's pixels again."""
    makers = set()
    for path in VIEWS.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "QFileDialog":
                makers.add(path.name)
    assert makers == {"file_dialog.py"}
