"""The glossary, "what is this?" and the tour, as somebody uses them who has no mouse, and somebody who has."""

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

KEY = Qt.Key
ALT, SHIFT, CTRL = (Qt.KeyboardModifier(getattr(Qt.KeyboardModifier, f"{name}Modifier")) for name in
                    ("Alt", "Shift", "Control"))  # fmt: skip


def card(ui):
    ui.until(lambda: isinstance(QApplication.activePopupWidget(), WhatsThisCard))
    return QApplication.activePopupWidget()


def title(one):
    return one.findChild(QLabel, "whatsThisTitle").text()


# -- glossary -------------------------------------------------------------------------------------


def test_a_term_is_searched_and_read_by_keys_alone(ui, help_):
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


def test_return_in_the_glossarys_search_stays_with_what_was_found(ui, help_):
    help_.show_glossary()
    dialog = help_.glossary
    line = dialog.findChild(QWidget, "glossarySearch")
    help_.show_term("adam")
    help_.show_term("softmax")  # so there is a way back
    line.setFocus()
    line.selectAll()
    QTest.keyClicks(line, "gradient")
    found = dialog.property("term")
    assert found.startswith("gradient")
    QTest.keyClick(line, KEY.Key_Return)
    assert dialog.property("term") == found


def test_what_is_not_there_is_said(ui, help_):
    help_.show_glossary()
    dialog = help_.glossary
    line = dialog.findChild(QWidget, "glossarySearch")
    line.selectAll()
    QTest.keyClicks(line, "qqqq")
    assert dialog.findChild(QLabel, "glossaryNone").isVisible()
    help_.show_term("adam")
    assert dialog.property("term") == "adam"
    assert not dialog.findChild(QLabel, "glossaryNone").isVisible()


def test_a_word_of_a_lesson_leads_to_its_entry(ui, help_):
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


def test_a_word_of_the_lecturers_notes_leads_to_its_entry(ui, help_):
    ui.window.part(LessonController).set_visible(True)
    ui.window.part(LessonController).session.open_key("05-chain-rule")  # its first notes speak of derivatives
    ui.window.part(PresentationController).show_speaker_window()
    notes = next(top.findChild(QWidget, "lecturerNotes") for top in QApplication.topLevelWidgets()
                 if top.objectName() == "lecturerWindow")  # fmt: skip
    notes.setFocus()
    QTest.keyClick(notes, KEY.Key_Tab)
    QTest.keyClick(notes, KEY.Key_Return)
    assert help_.glossary.property("term") == "chain-rule"
    ui.window.part(PresentationController).close()


def test_a_word_of_the_details_leads_to_its_entry(ui, help_):
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
        # It may be scrolled downwards where letters are large, but never sideways.
        assert text.document().size().width() <= text.viewport().width() + 1, entry.term
        names = dialog.findChild(QWidget, "glossaryList")
        widest = max(names.fontMetrics().horizontalAdvance(word) for word in entry.term.split())
        assert widest < names.viewport().width(), entry.term
        if scale == 1:
            assert text.document().size().height() <= text.viewport().height(), entry.term
        assert f"See also {glossary().entry(entry.related[0]).term}" in text.toPlainText()
        assert entry_text(entry).count("(term:") == len(entry.related)


# -- what is this? --------------------------------------------------------------------------------


def named(root):
    """Names of the program's own widgets in a tab or dialog."""
    inner = ("qt_", "Scroll", "pageScroll", "formScroll")  # what only holds others has nothing to say
    return [one for one in root.findChildren(QWidget) if one.objectName() and not one.objectName().startswith(inner)]


def test_everything_in_every_tab_says_what_it_is(ui, help_):
    ui.complete("x*y")
    window = ui.window
    help_.explainer.explain_widgets(window)
    mute = []
    tabs = [window.tabs.widget(index) for index in range(window.tabs.count())]
    for root in (*tabs, window.part(LessonController).panel, window.tabs.cornerWidget()):
        found = named(root)
        assert found
        for widget in found:
            owner = widget
            while owner is not root and not owner.whatsThis():
                owner = owner.parentWidget()
            # More than the tooltip: it says what can be done as well.
            if not owner.whatsThis() or (owner is root and root is not window.part(LessonController).panel):
                mute.append(widget.objectName())
            elif widget.whatsThis() and len(widget.whatsThis()) <= len(widget.toolTip()):
                mute.append(f"{widget.objectName()}, which says no more than its tooltip")
    assert mute == []


def test_every_explanation_is_of_something(ui, help_):
    """A widget that is renamed or removed must not leave its explanation behind."""
    ui.complete("x*y")
    for show in (
        ui.window.part(ExpressionDialogs).show_check,
        ui.window.part(ExpressionDialogs).show_surface,
        ui.window.part(SharingController).show_code,
        ui.window.part(HelpController).show_shortcuts,
    ):
        show()
    help_.show_glossary()
    ui.click("ownNetworkButton")
    ui.window.part(PresentationController).show_speaker_window()
    names = {widget.objectName() for top in QApplication.topLevelWidgets() for widget in (top, *named(top))}
    rest = {name.partition(":")[0] for name in whats_this().by_name} - names
    unused = [name for name in rest if "*" not in name or not any(
        whats_this().find(one) is whats_this().by_name[name] for one in names)]  # fmt: skip
    ui.window.part(PresentationController).close()
    assert sorted(unused) == []


@pytest.mark.parametrize("name", ["expressionEdit", "stepForwardButton", "graphView", "rangeLow", "input_x", "tabs"])
def test_shift_f1_explains_what_has_the_focus(ui, help_, name):
    ui.complete("sin(2*x)")
    ui.find(name).setFocus()
    ui.press(KEY.Key_F1, SHIFT)
    shown = card(ui)
    said = whats_this().find(name)
    assert title(shown) == said.title
    text = shown.findChild(QWidget, "whatsThisText")
    assert " ".join(text.toPlainText().split()) == said.plain_text
    assert shown.height() < 400
    assert text.document().size().height() <= text.viewport().height()
    QTest.keyClick(text, KEY.Key_Escape)
    assert QApplication.activePopupWidget() is None
    assert ui.window.isVisible()


def test_a_word_of_an_explanation_leads_to_its_entry_by_keys(ui, help_):
    ui.complete("sin(2*x)")
    ui.find("passSwitch_backward").setFocus()
    ui.press(KEY.Key_F1, SHIFT)
    text = card(ui).findChild(QWidget, "whatsThisText")
    QTest.keyClick(text, KEY.Key_Tab)
    QTest.keyClick(text, KEY.Key_Return)
    assert QApplication.activePopupWidget() is None
    assert help_.glossary.isVisible()
    assert help_.glossary.property("term") == "graph"


def test_what_is_pointed_at_is_explained(ui, help_):
    ui.complete("sin(2*x)")
    ui.sessions.autodiff.stepper.first()
    view = ui.find("graphView")
    box = next(item for item in view._scene_items.boxes() if item.box.id == "Sin")
    help_.explainer.point()
    QTest.mouseClick(view.viewport(), Qt.MouseButton.LeftButton,
                     pos=view.mapFromScene(box.sceneBoundingRect().center()))  # fmt: skip
    shown = card(ui)
    assert title(shown) == "A node of the graph"
    assert shown.findChild(QLabel, "whatsThisOne").text() == "Sin:0 = 0.9092974"
    assert ui.sessions.autodiff.selection is None  # it was asked about, and nothing was done
    QTest.mouseClick(shown.findChild(QPushButton, "whatsThisPointButton"), Qt.MouseButton.LeftButton)
    QTest.mouseClick(ui.find("stepForwardButton"), Qt.MouseButton.LeftButton)
    assert title(card(ui)) == "The next step"
    assert ui.graph("shownStep") == 0
    card(ui).close()
    ui.click("stepForwardButton")  # the mouse does again what it did
    assert ui.graph("shownStep") == 1


def test_escape_ends_pointing(ui, help_):
    ui.complete("sin(2*x)")
    ui.sessions.autodiff.stepper.first()
    help_.explainer.point()
    QTest.keyClick(ui.find("expressionEdit"), KEY.Key_Escape)
    ui.click("stepForwardButton")
    assert ui.graph("shownStep") == 1
    assert QApplication.activePopupWidget() is None


def test_a_dialog_explains_itself_too(ui, help_):
    ui.complete("x*y")
    ui.window.part(ExpressionDialogs).show_surface()
    rate = ui.find("learningRate")
    rate.setFocus()
    ui.until(lambda: bool(rate.whatsThis()))
    QTest.keyClick(rate, KEY.Key_F1, SHIFT)
    assert title(card(ui)) == "The learning rate of the walk"


def test_parts_of_painted_views(ui, help_, qtbot):
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
    said, one, owner = explained(view, view.mapToGlobal(position))
    assert (said.title, one, owner) == ("A number of the confusion matrix", "13 images of 1 taken for 3", view)
    assert explained(view, None)[0].title == "The confusion matrix"
    view.setMatrix(None)
    assert view.whatIs(position) is None
