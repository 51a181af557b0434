"""The entries that copy formulas, with and without their menus."""

import pytest
from PySide6.QtGui import QGuiApplication

from explorer.core.autodiff.gradient_formulas import FORMS


@pytest.fixture
def shown(ui):
    ui.complete("sin(2*x)")
    return ui


@pytest.mark.parametrize("name", ["copyLatexAction", "copyTextAction"])
def test_each_form_has_an_entry(shown, name):
    copied = {}
    for form in FORMS:
        shown.find(f"{name}-{form}").trigger()
        copied[form] = QGuiApplication.clipboard().text().split("\n")[1]
    assert copied["both"].startswith(copied["chain"])
    assert copied["both"].endswith(copied["simplified"].partition(" = ")[2])
    shown.find(name).trigger()
    assert QGuiApplication.clipboard().text().split("\n")[1] == copied["simplified"]
