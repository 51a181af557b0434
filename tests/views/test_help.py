"""The glossary, "what is this?" and the tour, as somebody uses them who has no mouse, and somebody who has."""

import re

import pytest
from PySide6.QtCore import QPoint, QRect, QSize, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QDialog, QLabel, QPushButton, QWidget

from explorer.core.glossary import glossary
from explorer.core.whats_this import whats_this
from explorer.session.settings_store import SettingsStore
from explorer.views.glossary_dialog import entry_text
from explorer.views.placing import beside
from explorer.views.whats_this import WhatsThisCard, explained

KEY = Qt.Key
ALT, SHIFT, CTRL = (Qt.KeyboardModifier(getattr(Qt.KeyboardModifier, f"{name}Modifier")) for name in
                    ("Alt", "Shift", "Control"))  # fmt: skip


@pytest.fixture
def help_(ui):
    ui.window.resize(1280, 720)
    ui.window.store.set("toured", False)
    yield ui.window.help
    while (popup := QApplication.activePopupWidget()) is not None:
        popup.close()
    if ui.window.help.tour is not None:
        ui.window.help.tour.end()
    if ui.window.help.glossary is not None:
        ui.window.help.glossary.close()
    for dialog in ui.window.findChildren(QDialog):
        dialog.close()
    ui.window.lessons.session.close()
    ui.window.lessons.show(False)
    ui.window.show_tab("autodiff")
    for key, value in (("theme", "dark"), ("scale", 1.0), ("lessons", {}), ("toured", False)):
        ui.window.store.set(key, value)
    ui.window.resize(1280, 720)


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
    lessons = ui.window.lessons
    lessons.show(True)
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
    ui.window.lessons.show(True)
    ui.window.lessons.session.open_key("05-chain-rule")  # its first notes speak of derivatives
    ui.window.presenter.show_lecturer()
    notes = next(top.findChild(QWidget, "lecturerNotes") for top in QApplication.topLevelWidgets()
                 if top.objectName() == "lecturerWindow")  # fmt: skip
    notes.setFocus()
    QTest.keyClick(notes, KEY.Key_Tab)
    QTest.keyClick(notes, KEY.Key_Return)
    assert help_.glossary.property("term") == "chain-rule"
    ui.window.presenter.close()


def test_a_word_of_the_details_leads_to_its_entry(ui, help_):
    ui.complete("sin(2*x)")
    ui.window.session.select_node("Sin")
    body = ui.find("detailsBody")
    assert re.findall(r'href="term:([^"]*)"', body.text()) == ["tensor", "shape", "dtype"]
    body.setFocus()
    ui.press(KEY.Key_Tab)
    ui.press(KEY.Key_Return)
    assert help_.glossary.property("term") in ("tensor", "shape")


@pytest.mark.parametrize("scale", [1.0, 3.0])
def test_every_entry_fits_its_panel(ui, help_, scale):
    ui.window.set_setting("scale", scale)
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
        assert f"See also {glossary().entry(entry.see[0]).term}" in text.toPlainText()
        assert entry_text(entry).count("(term:") == len(entry.see)


# -- what is this? --------------------------------------------------------------------------------


def named(root):
    """Names of the program's own widgets in a tab or dialog."""
    inner = ("qt_", "Scroll", "pageScroll", "formScroll")  # what only holds others has nothing to say
    return [one for one in root.findChildren(QWidget) if one.objectName() and not one.objectName().startswith(inner)]


def test_everything_in_every_tab_says_what_it_is(ui, help_):
    ui.complete("x*y")
    window = ui.window
    help_.explainer.dress(window)
    mute = []
    for root in (*(window.tabs.widget(at) for at in range(window.tabs.count())), window.lessons.panel,
                 window.tabs.cornerWidget()):  # fmt: skip
        found = named(root)
        assert found
        for widget in found:
            owner = widget
            while owner is not root and not owner.whatsThis():
                owner = owner.parentWidget()
            # More than the tooltip: it says what can be done as well.
            if not owner.whatsThis() or (owner is root and root is not window.lessons.panel):
                mute.append(widget.objectName())
            elif widget.whatsThis() and len(widget.whatsThis()) <= len(widget.toolTip()):
                mute.append(f"{widget.objectName()}, which says no more than its tooltip")
    assert mute == []


def test_every_explanation_is_of_something(ui, help_):
    """A widget that is renamed or removed must not leave its explanation behind."""
    ui.complete("x*y")
    for show in (
        ui.window.dialogs.show_check,
        ui.window.dialogs.show_surface,
        ui.window.dialogs.show_code,
        ui.window.dialogs.show_keys,
    ):
        show()
    help_.show_glossary()
    ui.click("ownNetworkButton")
    ui.window.presenter.show_lecturer()
    names = {widget.objectName() for top in QApplication.topLevelWidgets() for widget in (top, *named(top))}
    rest = {name.partition(":")[0] for name in whats_this().by_name} - names
    unused = [name for name in rest if "*" not in name or not any(
        whats_this().of(one) is whats_this().by_name[name] for one in names)]  # fmt: skip
    ui.window.presenter.close()
    assert sorted(unused) == []


@pytest.mark.parametrize("name", ["expressionEdit", "stepForwardButton", "graphView", "rangeLow", "input_x", "tabs"])
def test_shift_f1_explains_what_has_the_focus(ui, help_, name):
    ui.complete("sin(2*x)")
    ui.find(name).setFocus()
    ui.press(KEY.Key_F1, SHIFT)
    shown = card(ui)
    said = whats_this().of(name)
    assert title(shown) == said.title
    text = shown.findChild(QWidget, "whatsThisText")
    assert " ".join(text.toPlainText().split()) == said.plain
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
    ui.window.session.walk.first()
    view = ui.find("graphView")
    box = next(item for item in view._stage.boxes() if item.box.id == "Sin")
    help_.explainer.point()
    QTest.mouseClick(view.viewport(), Qt.MouseButton.LeftButton,
                     pos=view.mapFromScene(box.sceneBoundingRect().center()))  # fmt: skip
    shown = card(ui)
    assert title(shown) == "A node of the graph"
    assert shown.findChild(QLabel, "whatsThisOne").text() == "Sin:0 = 0.9092974"
    assert ui.window.session.selection is None  # it was asked about, and nothing was done
    QTest.mouseClick(shown.findChild(QPushButton, "whatsThisPointButton"), Qt.MouseButton.LeftButton)
    QTest.mouseClick(ui.find("stepForwardButton"), Qt.MouseButton.LeftButton)
    assert title(card(ui)) == "The next step"
    assert ui.graph("shownStep") == 0
    card(ui).close()
    ui.click("stepForwardButton")  # the mouse does again what it did
    assert ui.graph("shownStep") == 1


def test_escape_ends_pointing(ui, help_):
    ui.complete("sin(2*x)")
    ui.window.session.walk.first()
    help_.explainer.point()
    QTest.keyClick(ui.find("expressionEdit"), KEY.Key_Escape)
    ui.click("stepForwardButton")
    assert ui.graph("shownStep") == 1
    assert QApplication.activePopupWidget() is None


def test_a_dialog_explains_itself_too(ui, help_):
    ui.complete("x*y")
    ui.window.dialogs.show_surface()
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
    at = QPoint(round(left + 4.5 * side), round(top + 2.5 * side))  # row 1, column 3
    assert view.whatIs(at) == ("cell", "13 images of 1 taken for 3")
    assert (
        view.whatIs(QPoint(round(left + 2.5 * side), round(top + 2.5 * side)))[1] == "11 images of 1 rightly called 1"
    )
    assert view.whatIs(QPoint(round(left), round(top))) is None
    said, one, owner = explained(view, view.mapToGlobal(at))
    assert (said.title, one, owner) == ("A number of the confusion matrix", "13 images of 1 taken for 3", view)
    assert explained(view, None)[0].title == "The confusion matrix"
    view.setMatrix(None)
    assert view.whatIs(at) is None


# -- the tour -------------------------------------------------------------------------------------


def said(ui):
    return ui.find("tourText").text()


def turn(ui, key, stop):
    """Press Alt and a letter; a button that is reached so goes down for a moment before it acts."""
    ui.press(key, ALT)
    ui.until(lambda: ui.window.help.tour.property("stop") == stop)


def test_the_tour_by_real_keys(ui, help_):
    ui.find("expressionEdit").clear()
    help_.offer_tour()
    ui.until(lambda: help_.tour is not None and help_.tour.is_on)
    tour = help_.tour
    assert QApplication.focusWidget() is ui.find("expressionEdit")
    QTest.keyClicks(QApplication.focusWidget(), "x*sin(x)")
    ui.until(lambda: ui.window.isComplete("x*sin(x)"))
    turn(ui, KEY.Key_N, 2)
    assert "Page Down" in said(ui)
    ui.press(KEY.Key_PageDown)
    ui.press(KEY.Key_PageDown)
    ui.press(KEY.Key_PageUp)
    assert ui.graph("shownStep") == 1
    turn(ui, KEY.Key_B, 1)
    turn(ui, KEY.Key_N, 2)
    turn(ui, KEY.Key_N, 3)
    before = ui.window.session.at["x"]
    ui.press(KEY.Key_Right)
    assert ui.window.session.at["x"] > before
    turn(ui, KEY.Key_N, 4)
    ui.press(KEY.Key_Tab, CTRL)
    assert ui.window.tabs.currentIndex() == 1
    ui.press(KEY.Key_F2)
    assert ui.find("lessonPanel").isVisible()
    assert tour.is_on  # nothing of that stops it
    assert not ui.window.store.get("toured")
    turn(ui, KEY.Key_N, 0)
    assert not ui.find("tourCard").isVisible()
    assert ui.window.store.get("toured")


def test_once_closed_it_does_not_come_again_unless_asked(ui, help_):
    help_.begin_tour()
    ui.press(KEY.Key_Escape)
    assert not help_.tour.is_on
    help_.offer_tour()
    QApplication.processEvents()
    assert not help_.tour.is_on
    action = next(one for one in ui.window.view_menu.actions() if one.objectName() == "tourAction")
    action.trigger()
    assert help_.tour.property("stop") == 1
    ui.click("tourSkipButton")
    assert not help_.tour.is_on


def test_who_types_already_loses_nothing_as_it_begins(ui, help_):
    line = ui.find("expressionEdit")
    line.clear()
    QTest.keyClicks(line, "cos")
    help_.begin_tour()
    QTest.keyClicks(QApplication.focusWidget(), "(x)")
    assert ui.window.session.text == "cos(x)"


def test_where_nothing_was_typed_there_is_something_to_step_through(ui, help_):
    ui.find("expressionEdit").clear()
    help_.begin_tour()
    turn(ui, KEY.Key_N, 2)
    ui.until(lambda: ui.graph("shownExpression") == "sin(2*x)")
    ui.until(lambda: ui.window.isComplete("sin(2*x)"))
    ui.press(KEY.Key_PageDown)
    assert ui.graph("shownStep") == 1


@pytest.mark.parametrize("theme", ["dark", "light", "contrast"])
@pytest.mark.parametrize(("scale", "size"), [(1.0, (1280, 720)), (1.0, (1024, 600)), (3.0, (1024, 600))])
def test_the_tour_is_whole_and_beside_what_it_speaks_of(ui, help_, theme, scale, size):
    ui.complete("sin(2*x)")
    ui.window.set_setting("theme", theme)
    ui.window.set_setting("scale", scale)
    ui.window.resize(*size)
    help_.begin_tour()
    shown, ring = ui.find("tourCard"), ui.find("tourRing")
    for stop in range(1, 5):
        QApplication.processEvents()
        ui.until(lambda: not help_.tour._again.isActive())
        assert help_.tour.property("stop") == stop
        assert ui.window.rect().contains(shown.geometry())
        assert ring.isVisible()
        if scale == 1:
            graph = ui.find("graphView")
            if stop == 2:  # what steps do is seen
                assert not shown.geometry().intersects(QRect(graph.mapTo(ui.window, QPoint()), graph.size()))
            assert not shown.geometry().intersects(ring.geometry().adjusted(6, 6, -6, -6))
        for part in (*shown.findChildren(QLabel), *shown.findChildren(QPushButton)):
            assert shown.rect().contains(part.geometry()), part.objectName()
            needed = part.heightForWidth(part.width()) if part.hasHeightForWidth() else part.minimumSizeHint().height()
            assert part.height() >= needed, part.objectName()
            if isinstance(part, QPushButton):
                assert part.width() >= part.minimumSizeHint().width()
        turn(ui, KEY.Key_N, (stop + 1) % 5)


def test_the_card_follows_its_target(ui, help_):
    ui.complete("sin(2*x)")
    help_.begin_tour()
    turn(ui, KEY.Key_N, 2)
    before = ui.find("tourCard").geometry()
    ui.window.resize(1500, 900)
    steps, ring = ui.find("stepBar"), ui.find("tourRing")
    ui.until(lambda: ring.geometry().contains(QRect(steps.mapTo(ui.window, QPoint()), steps.size()).center()))
    assert ui.find("tourCard").geometry() != before


def test_the_setting_is_kept(tmp_path):
    path = tmp_path / "settings.json"
    store = SettingsStore(path)
    assert store.get("toured") is False
    store.set("toured", True)
    assert SettingsStore(path).get("toured") is True


@pytest.mark.parametrize(
    ("target", "place"),
    [
        (QRect(100, 100, 50, 20), QRect(100, 132, 80, 40)),  # below
        (QRect(100, 360, 50, 20), QRect(100, 308, 80, 40)),  # over it, at the lower end of the room
        (QRect(0, 0, 100, 400), QRect(112, 179, 80, 40)),  # beside what is as high as the room
        (QRect(300, 0, 100, 400), QRect(208, 179, 80, 40)),
        (QRect(390, 100, 50, 20), QRect(320, 132, 80, 40)),  # moved into the room
    ],
)
def test_a_card_stands_beside_its_target(target, place):
    assert beside(target, QSize(80, 40), QRect(0, 0, 400, 400)) == place


def test_a_card_leaves_in_sight_what_it_can():
    steps, graph = QRect(0, 380, 200, 20), QRect(0, 0, 200, 370)
    assert beside(steps, QSize(80, 40), QRect(0, 0, 400, 400)).intersects(graph)
    assert not beside(steps, QSize(80, 40), QRect(0, 0, 400, 400), spare=graph).intersects(graph)
