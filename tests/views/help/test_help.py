"""The glossary and "What is this?", with the keyboard and with the mouse."""

import re

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QPushButton, QWidget

from explorer.core.help.glossary import glossary
from explorer.core.help.whats_this import whats_this
from explorer.views.autodiff.dialogs import ExpressionDialogs
from explorer.views.help.controller import HelpController
from explorer.views.help.glossary_dialog import entry_text
from explorer.views.help.whats_this import WhatsThisCard, explained
from explorer.views.lessons.controller import LessonController
from explorer.views.presenting.presenter import PresentationController
from explorer.views.sharing.controller import SharingController
from explorer.views.training.close_guard import CloseDialog

KEY = Qt.Key
ALT, SHIFT, CTRL = (Qt.KeyboardModifier(getattr(Qt.KeyboardModifier, f"{name}Modifier")) for name in
                    ("Alt", "Shift", "Control"))  # fmt: skip


def wait_for_card(ui):
    """Wait for a card of "What is this?" and return it."""
    ui.until(lambda: isinstance(QApplication.activePopupWidget(), WhatsThisCard))
    return QApplication.activePopupWidget()


def title(card):
    return card.findChild(QLabel, "whatsThisTitle").text()


# -- glossary -------------------------------------------------------------------------------------


def test_the_glossary_is_used_by_keyboard(ui, help_):
    ui.press(KEY.Key_F1, CTRL)
    dialog = help_.glossary
    ui.until(lambda: QApplication.focusWidget() is dialog.findChild(QWidget, "glossarySearch"))
    QTest.keyClicks(QApplication.focusWidget(), "grad")
    assert dialog.property("term").startswith("grad")
    ui.press(KEY.Key_Down)
    second = dialog.property("term")
    assert second != glossary().search("grad")[0].key
    QApplication.focusWidget().selectAll()
    QTest.keyClicks(QApplication.focusWidget(), "softmax")
    assert dialog.property("term") == "softmax"
    text = dialog.findChild(QWidget, "glossaryText")
    ui.until(lambda: text.is_ready)
    assert "probabilities" in text.toPlainText()
    text.setFocus()
    ui.press(KEY.Key_Tab)
    ui.press(KEY.Key_Return)
    assert dialog.property("term") == "logit"
    ui.press(KEY.Key_Left, ALT)
    ui.until(lambda: dialog.property("term") == "softmax")
    QTest.keyClick(text, KEY.Key_Escape)
    assert not dialog.isVisible()


def test_return_in_the_search_keeps_the_found_term(ui, help_):
    help_.show_glossary()
    dialog = help_.glossary
    search_edit = dialog.findChild(QWidget, "glossarySearch")
    help_.show_term("adam")
    help_.show_term("softmax")  # so that the history is not empty
    search_edit.setFocus()
    search_edit.selectAll()
    QTest.keyClicks(search_edit, "gradient")
    term = dialog.property("term")
    assert term.startswith("gradient")
    QTest.keyClick(search_edit, KEY.Key_Return)
    assert dialog.property("term") == term


def test_a_search_without_results_shows_a_message(ui, help_):
    help_.show_glossary()
    dialog = help_.glossary
    search_edit = dialog.findChild(QWidget, "glossarySearch")
    search_edit.selectAll()
    QTest.keyClicks(search_edit, "qqqq")
    assert dialog.findChild(QLabel, "glossaryNone").isVisible()
    help_.show_term("adam")
    assert dialog.property("term") == "adam"
    assert not dialog.findChild(QLabel, "glossaryNone").isVisible()


def test_a_term_in_a_lesson_links_to_the_glossary(ui, help_):
    lessons = ui.window.part(LessonController)
    lessons.set_visible(True)
    lessons.session.open_key("05-chain-rule")
    lessons.session.go(2)
    ui.until(lambda: lessons.is_complete)
    text = lessons.panel.text
    assert 'href="term:forward-pass"' in text.toHtml()
    text.setFocus()
    ui.press(KEY.Key_Tab)
    ui.press(KEY.Key_Return)
    assert help_.glossary.isVisible()
    assert help_.glossary.property("term") == "op"


def test_a_term_in_the_lecturers_notes_links_to_the_glossary(ui, help_):
    ui.window.part(LessonController).set_visible(True)
    ui.window.part(LessonController).session.open_key("05-chain-rule")  # its first notes mention derivatives
    ui.window.part(PresentationController).show_speaker_window()
    notes = next(top.findChild(QWidget, "lecturerNotes") for top in QApplication.topLevelWidgets()
                 if top.objectName() == "lecturerWindow")  # fmt: skip
    notes.setFocus()
    QTest.keyClick(notes, KEY.Key_Tab)
    QTest.keyClick(notes, KEY.Key_Return)
    assert help_.glossary.property("term") == "chain-rule"
    ui.window.part(PresentationController).close()


def test_a_term_in_the_details_links_to_the_glossary(ui, help_):
    ui.complete("sin(2*x)")
    ui.sessions.autodiff.select_node("Sin")
    body = ui.find("detailsBody")
    assert re.findall(r'href="term:([^"]*)"', body.text()) == ["tensor", "shape", "dtype"]
    body.setFocus()
    ui.press(KEY.Key_Tab)
    ui.press(KEY.Key_Return)
    assert help_.glossary.property("term") in ("tensor", "shape")


@pytest.mark.parametrize("scale", [1.0, 3.0])
def test_every_entry_fits_its_panel(ui, help_, scale):
    ui.sessions.store.set("scale", scale)
    help_.show_glossary()
    dialog = help_.glossary
    text = dialog.findChild(QWidget, "glossaryText")
    for entry in glossary().entries:
        help_.show_term(entry.key)
        ui.until(lambda: text.is_ready)
        # Large text may scroll vertically, but never horizontally.
        assert text.document().size().width() <= text.viewport().width() + 1, entry.term
        names = dialog.findChild(QWidget, "glossaryList")
        widest = max(names.fontMetrics().horizontalAdvance(word) for word in entry.term.split())
        assert widest < names.viewport().width(), entry.term
        if scale == 1:
            assert text.document().size().height() <= text.viewport().height(), entry.term
        assert f"See also {glossary().entry(entry.related[0]).term}" in text.toPlainText()
        assert entry_text(entry).count("(term:") == len(entry.related)


# -- what is this? --------------------------------------------------------------------------------


def named_widgets(root):
    """Return the program's own widgets in a tab or dialog."""
    containers = ("qt_", "Scroll", "pageScroll", "formScroll")  # containers need no explanation
    return [
        widget
        for widget in root.findChildren(QWidget)
        if widget.objectName() and not widget.objectName().startswith(containers)
    ]


def test_every_widget_of_every_tab_is_explained(ui, help_):
    ui.complete("x*y")
    window = ui.window
    help_.explainer.explain_widgets(window)
    unexplained = []
    tabs = [window.tabs.widget(index) for index in range(window.tabs.count())]
    for root in (*tabs, window.part(LessonController).panel, window.tabs.cornerWidget()):
        found = named_widgets(root)
        assert found
        for widget in found:
            owner = widget
            while owner is not root and not owner.whatsThis():
                owner = owner.parentWidget()
            # An explanation says more than the tooltip, such as what the user can do.
            if not owner.whatsThis() or (owner is root and root is not window.part(LessonController).panel):
                unexplained.append(widget.objectName())
            elif widget.whatsThis() and len(widget.whatsThis()) <= len(widget.toolTip()):
                unexplained.append(f"{widget.objectName()}, which says no more than its tooltip")
    assert unexplained == []


def test_every_explanation_has_a_widget(ui, help_):
    """The explanation of a renamed or removed widget must not be left behind."""
    ui.complete("x*y")
    for show in (
        ui.window.part(ExpressionDialogs).show_check,
        ui.window.part(ExpressionDialogs).show_surface,
        CloseDialog("", lambda: None, ui.window).show,
        ui.window.part(SharingController).show_code,
        ui.window.part(HelpController).show_shortcuts,
    ):
        show()
    help_.show_glossary()
    ui.click("ownNetworkButton")
    ui.window.part(PresentationController).show_speaker_window()
    names = {widget.objectName() for top in QApplication.topLevelWidgets() for widget in (top, *named_widgets(top))}
    without_widget = {name.partition(":")[0] for name in whats_this().by_name} - names
    unused = [name for name in without_widget if "*" not in name or not any(
        whats_this().find(other) is whats_this().by_name[name] for other in names)]  # fmt: skip
    ui.window.part(PresentationController).close()
    assert sorted(unused) == []


@pytest.mark.parametrize("name", ["expressionEdit", "stepForwardButton", "graphView", "rangeLow", "input_x", "tabs"])
def test_shift_f1_explains_the_focused_widget(ui, help_, name):
    ui.complete("sin(2*x)")
    ui.find(name).setFocus()
    ui.press(KEY.Key_F1, SHIFT)
    card = wait_for_card(ui)
    explanation = whats_this().find(name)
    assert title(card) == explanation.title
    text = card.findChild(QWidget, "whatsThisText")
    assert " ".join(text.toPlainText().split()) == explanation.plain_text
    assert card.height() < 400
    assert text.document().size().height() <= text.viewport().height()
    QTest.keyClick(text, KEY.Key_Escape)
    assert QApplication.activePopupWidget() is None
    assert ui.window.isVisible()


def test_a_term_in_an_explanation_links_to_the_glossary_by_keyboard(ui, help_):
    ui.complete("sin(2*x)")
    ui.find("passSwitch_backward").setFocus()
    ui.press(KEY.Key_F1, SHIFT)
    text = wait_for_card(ui).findChild(QWidget, "whatsThisText")
    QTest.keyClick(text, KEY.Key_Tab)
    QTest.keyClick(text, KEY.Key_Return)
    assert QApplication.activePopupWidget() is None
    assert help_.glossary.isVisible()
    assert help_.glossary.property("term") == "graph"


def test_a_click_in_pointing_mode_explains_instead_of_acting(ui, help_):
    ui.complete("sin(2*x)")
    ui.sessions.autodiff.stepper.first()
    view = ui.find("graphView")
    box = next(item for item in view._scene_items.boxes() if item.box.id == "Sin")
    help_.explainer.point()
    QTest.mouseClick(view.viewport(), Qt.MouseButton.LeftButton,
                     pos=view.mapFromScene(box.sceneBoundingRect().center()))  # fmt: skip
    card = wait_for_card(ui)
    assert title(card) == "Node of the graph"
    assert card.findChild(QLabel, "whatsThisOne").text() == "Sin:0 = 0.9092974"
    assert ui.sessions.autodiff.selection is None  # the click had no other effect
    QTest.mouseClick(card.findChild(QPushButton, "whatsThisPointButton"), Qt.MouseButton.LeftButton)
    QTest.mouseClick(ui.find("stepForwardButton"), Qt.MouseButton.LeftButton)
    assert title(wait_for_card(ui)) == "Next step"
    assert ui.graph("shownStep") == 0
    wait_for_card(ui).close()
    ui.click("stepForwardButton")  # the mouse works normally again
    assert ui.graph("shownStep") == 1


def test_escape_ends_the_pointing_mode(ui, help_):
    ui.complete("sin(2*x)")
    ui.sessions.autodiff.stepper.first()
    help_.explainer.point()
    QTest.keyClick(ui.find("expressionEdit"), KEY.Key_Escape)
    ui.click("stepForwardButton")
    assert ui.graph("shownStep") == 1
    assert QApplication.activePopupWidget() is None


def test_widgets_of_a_dialog_are_explained(ui, help_):
    ui.complete("x*y")
    ui.window.part(ExpressionDialogs).show_surface()
    rate = ui.find("learningRate")
    rate.setFocus()
    ui.until(lambda: bool(rate.whatsThis()))
    QTest.keyClick(rate, KEY.Key_F1, SHIFT)
    assert title(wait_for_card(ui)) == "Learning rate of the descent"


def test_cells_of_the_confusion_matrix_are_explained(ui, help_, qtbot):
    import numpy as np

    view = ui.find("confusionView")
    view.setMatrix(np.arange(100).reshape(10, 10))
    side, _, left, top = view._grid()
    position = QPoint(round(left + 4.5 * side), round(top + 2.5 * side))  # row 1, column 3
    assert view.whatIs(position) == ("cell", "13 images of 1 taken for 3")
    assert (
        view.whatIs(QPoint(round(left + 2.5 * side), round(top + 2.5 * side)))[1] == "11 images of 1 correctly called 1"
    )
    assert view.whatIs(QPoint(round(left), round(top))) is None
    explanation, detail, owner = explained(view, view.mapToGlobal(position))
    assert (explanation.title, detail, owner) == (
        "Cell of the confusion matrix",
        "13 images of 1 taken for 3",
        view,
    )
    assert explained(view, None)[0].title == "Confusion matrix"
    view.setMatrix(None)
    assert view.whatIs(position) is None
