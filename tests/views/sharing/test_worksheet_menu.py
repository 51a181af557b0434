"""The worksheet actions of the menu "Share"."""

import re

from PySide6.QtGui import QAction
from PySide6.QtWidgets import QFileDialog


def test_the_expression_is_saved_as_worksheet_and_key(ui, tmp_path):
    ui.complete("sin(2*x)")
    ui.sessions.autodiff.set_value("x", "0.5")
    ui.until(lambda: abs(ui.values["Sin:0"] - 0.8414710) < 1e-6)
    pages = {}
    for name in ("worksheetAction", "worksheetKeyAction"):
        ui.window.findChild(QAction, name).trigger()
        dialog = ui.window.findChild(QFileDialog, "saveDialog")
        assert not dialog.isModal()
        path = tmp_path / f"{name}.html"
        dialog.fileSelected.emit(str(path))
        dialog.close()
        ui.until(lambda: ui.window.findChild(QFileDialog, "saveDialog") is None)
        ui.until(lambda path=path: f"Saved: {path}" in ui.window.statusBar().currentMessage())
        pages[name] = re.findall(r"<text [^>]*>([^<]*)</text>", path.read_text(encoding="utf-8"))
    blank, key = pages.values()
    assert "x = 0.5" in blank
    assert "0.8415" not in blank
    assert "0.8415" in key  # sin(1), the value on the screen


def test_a_missing_graph_is_reported(ui, tmp_path):
    ui.find("expressionEdit").setText("sin(")
    ui.until(lambda: ui.sessions.autodiff.error is not None)
    ui.window.findChild(QAction, "worksheetAction").trigger()
    dialog = ui.window.findChild(QFileDialog, "saveDialog")
    dialog.fileSelected.emit(str(tmp_path / "a.pdf"))
    dialog.close()
    ui.until(lambda: "Not saved: there is no graph yet" in ui.window.statusBar().currentMessage())
    assert list(tmp_path.iterdir()) == []
