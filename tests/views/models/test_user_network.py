"""Editing the user's own network, and training it."""

import keras
import pytest
from PySide6.QtCore import QObject, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractSpinBox, QApplication

from explorer.core.models.user_network import DEFAULT_LAYERS, MAX_LAYERS
from explorer.session.models.user_network import UserNetwork
from explorer.views.models.user_network_dialog import UserNetworkDialog


class Editor:
    def __init__(self, qtbot):
        self.network = UserNetwork()
        self.dialog = UserNetworkDialog(self.network)
        self.dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose, False)
        qtbot.addWidget(self.dialog)
        self.dialog.show()

    def find(self, name):
        found = self.dialog.findChild(QObject, name, Qt.FindChildOption.FindChildrenRecursively)
        assert found is not None, f"there is no {name}"
        return found

    def click(self, name):
        QTest.mouseClick(self.find(name), Qt.MouseButton.LeftButton)

    def select(self, row):
        layers = self.find("ownLayers")
        item = layers.topLevelItem(row)
        QTest.mouseClick(layers.viewport(), Qt.MouseButton.LeftButton, pos=layers.visualItemRect(item).center())

    @property
    def lines(self):
        layers = self.find("ownLayers")
        return [
            tuple(layers.topLevelItem(place).text(column) for column in range(3))
            for place in range(layers.topLevelItemCount())
        ]

    def add(self, kind):
        combo = self.find("layerKindCombo")
        combo.setCurrentIndex(combo.findData(kind))
        self.click("addLayerButton")


@pytest.fixture
def editor(qtbot):
    return Editor(qtbot)


def test_shapes_and_parameters_equal_keras(editor):
    model = keras.Sequential(
        [
            keras.Input((28, 28, 1)),
            keras.layers.Conv2D(16, 3, activation="relu"),
            keras.layers.MaxPooling2D(2),
            keras.layers.Flatten(),
            keras.layers.Dense(64, activation="relu"),
            keras.layers.Dense(10, activation="softmax"),
        ]
    )
    expected = [(str(tuple(layer.output.shape[1:])), f"{layer.count_params():,}") for layer in model.layers]
    assert [line[1:] for line in editor.lines[1:]] == expected
    assert editor.find("ownNetworkLabel").text().startswith(f"{model.count_params():,} parameters")


def test_return_in_a_field_commits_it_and_presses_no_button(editor):
    editor.select(4)
    units, before = editor.find("unitsSpin"), len(editor.network.layer_configs)
    units.setFocus()
    units.selectAll()
    QTest.keyClicks(units, "100")
    for widget in (units, editor.find("activationCombo"), editor.find("ownLayers")):
        widget.setFocus()
        QTest.keyClick(widget, Qt.Key.Key_Return)
    assert editor.network.layer_configs[3]["units"] == 100
    assert len(editor.network.layer_configs) == before
    add = editor.find("addLayerButton")
    add.setFocus()
    QTest.keyClick(add, Qt.Key.Key_Return)
    assert len(editor.network.layer_configs) == before + 1


def test_the_input_image_cannot_be_selected(editor):
    editor.select(1)
    editor.select(0)
    assert editor.find("ownLayers").indexOfTopLevelItem(editor.find("ownLayers").currentItem()) == 1
    QTest.keyClick(editor.find("ownLayers"), Qt.Key.Key_Up)
    assert editor.find("ownLayers").indexOfTopLevelItem(editor.find("ownLayers").currentItem()) == 1
    assert editor.find("layerHead").text() == "Conv2D"


def test_buttons_do_not_move_with_the_selection(editor):
    places = []
    for place in range(1, len(editor.lines)):
        editor.select(place)
        QApplication.processEvents()
        places.append(
            [editor.find(name).geometry() for name in ("addLayerButton", "removeLayerButton", "layerDownButton")]
        )
    assert all(place == places[0] for place in places)


def test_layers_are_added_changed_moved_and_removed(editor):
    editor.select(4)
    assert editor.find("layerHead").text() == "Dense"
    editor.find("unitsSpin").setValue(30)
    activation = editor.find("activationCombo")
    activation.setCurrentIndex(activation.findData("tanh"))
    assert editor.network.layer_configs[3] == {"kind": "Dense", "units": 30, "activation": "tanh"}
    assert editor.lines[4] == ("Dense 30, tanh", "(30,)", f"{30 * (13 * 13 * 16 + 1):,}")
    editor.add("Dropout")
    assert [row["kind"] for row in editor.network.layer_configs][-2:] == ["Dense", "Dropout"]
    editor.find("rateSpin").setValue(0.5)
    assert editor.lines[5][0] == "Dropout 0.5"
    editor.click("layerUpButton")
    assert [row["kind"] for row in editor.network.layer_configs][-2:] == ["Dropout", "Dense"]
    editor.click("layerDownButton")
    editor.click("removeLayerButton")
    assert [row["kind"] for row in editor.network.layer_configs] == [row["kind"] for row in DEFAULT_LAYERS]
    assert editor.find("layerHead").text() == "Ten outputs"
    assert not editor.find("removeLayerButton").isEnabled()


def test_layers_that_do_not_fit_are_reported(editor):
    editor.select(3)
    editor.click("removeLayerButton")
    assert [line[1] for line in editor.lines] == ["(28, 28)", "(26, 26, 16)", "(13, 13, 16)", "✕ does not fit", "–"]
    label = editor.find("ownNetworkLabel")
    assert "16 pictures of 13 × 13 come in: put Flatten before it." in label.text()
    assert label.property("role") == "error"
    editor.select(2)
    editor.add("Flatten")
    assert label.property("role") == "notice"


def test_the_editor_is_usable_by_keyboard(editor):
    layers = editor.find("ownLayers")
    layers.setFocus()
    for _ in range(2):
        QTest.keyClick(layers, Qt.Key.Key_Down)
    assert editor.find("layerHead").text() == "Flatten"
    focused = set()
    for _ in range(10):
        focused.add(editor.dialog.focusWidget().objectName())
        QTest.keyClick(editor.dialog.focusWidget(), Qt.Key.Key_Tab)
    assert {"layerKindCombo", "addLayerButton", "removeLayerButton", "layerUpButton", "layerDownButton"} <= focused
    editor.find("removeLayerButton").setFocus()
    QTest.keyClick(editor.find("removeLayerButton"), Qt.Key.Key_Space)
    assert "Flatten" not in [row["kind"] for row in editor.network.layer_configs]


def test_delete_removes_the_selected_layer(editor):
    layers, kinds = editor.find("ownLayers"), lambda: [row["kind"] for row in editor.network.layer_configs]
    layers.setFocus()
    first, *others = kinds()
    editor.network.select(0)
    QTest.keyClick(layers, Qt.Key.Key_Delete)
    assert kinds() == others != [first, *others]
    field = editor.find("layerFields").findChild(QAbstractSpinBox)
    field.setFocus()
    QTest.keyClick(field, Qt.Key.Key_Delete)
    assert kinds() == others
    editor.network.select(len(others))  # the ten outputs stay
    layers.setFocus()
    QTest.keyClick(layers, Qt.Key.Key_Delete)
    assert kinds() == others


def test_columns_fill_the_list_and_are_not_cut_off(editor):
    layers = editor.find("ownLayers")
    editor.find("ownLayers").headerItem().setText(1, "What comes out of it, as large letters would have it")
    for width in (1000, 820, 420):
        editor.dialog.resize(width, 480)
        QApplication.processEvents()
        header, visible = layers.header(), layers.viewport().width()
        sizes = [header.sectionSize(column) for column in range(3)]
        assert sum(sizes) >= visible
        assert all(size >= layers.sizeHintForColumn(column) for column, size in enumerate(sizes))
    assert sum(sizes) > visible  # too narrow, so the list scrolls
    editor.dialog.resize(1000, 480)
    QApplication.processEvents()
    assert sum(header.sectionSize(column) for column in range(3)) == layers.viewport().width()


def test_the_number_of_layers_is_limited(editor):
    while not editor.network.is_full:
        editor.network.add("Dropout")
    assert len(editor.network.layer_configs) == MAX_LAYERS
    assert not editor.find("addLayerButton").isEnabled()
    assert f"More than {MAX_LAYERS} layers cannot be added" in editor.find("ownNetworkLabel").text()
    editor.network.add("Dropout")
    assert len(editor.network.layer_configs) == MAX_LAYERS


def test_the_network_is_trained(ui):
    window = ui.window
    tab = ui.find("trainingTab")
    window.tabs.setCurrentWidget(tab)
    window.sessions.training.reset()
    combo = ui.find("modelCombo")
    before = combo.currentIndex()
    combo.setCurrentIndex(combo.findData("own"))
    try:
        own = window.sessions.training.user_network
        own.set_layer_configs([{"kind": "Flatten"}, {"kind": "Dense", "units": 20}])
        assert not ui.find("hiddenSpin").isVisible()
        assert "15,910 parameters" in ui.find("ownNetworkSummary").text()  # 785 * 20 + 21 * 10
        ui.click("ownNetworkButton")
        dialog = window.findChild(QObject, "ownNetworkDialog")
        assert dialog.isVisible()
        dialog.close()
        window.sessions.data.open("sample")
        ui.find("epochsSpin").setValue(1)
        ui.click("trainButton")
        ui.until(lambda: tab.property("trainingState") in ("finished", "failed"))
        assert tab.property("trainingState") == "finished"
        assert window.sessions.training.parameters == 15_910
        assert window.sessions.training.settings["layers"] == own.layer_configs
        assert window.sessions.training.epochs[-1]["val_accuracy"] > 0.7
        own.set_layer_configs([{"kind": "Dense", "units": 20}])
        ui.click("trainButton")
        assert "put Flatten before it" in window.statusBar().currentMessage()
        assert tab.property("trainingState") == "finished"
        assert len(window.sessions.training.runs.all) == 1  # no run was started
    finally:
        window.sessions.training.user_network.set_layer_configs(DEFAULT_LAYERS)
        combo.setCurrentIndex(before)
        window.sessions.training.reset()
        window.sessions.data.open("auto")
        window.tabs.setCurrentIndex(0)
