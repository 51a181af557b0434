"""Letters of up to 300 %: nothing is cut, elided, out of reach, or lies over something else."""

from itertools import combinations

import pytest
from PySide6.QtCore import QElapsedTimer, QEventLoop, QRect, Qt
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractScrollArea,
    QAbstractSpinBox,
    QApplication,
    QComboBox,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QStatusBar,
    QStyle,
    QStyleOptionComboBox,
    QStyleOptionFrame,
    QToolButton,
    QTreeView,
    QWidget,
)

from explorer.commands.window import show_on_screen
from explorer.core.models.user_network import LAYER_KINDS
from explorer.views.autodiff.dialogs import ExpressionDialogs
from explorer.views.help.controller import HelpController
from explorer.views.lessons.controller import LessonController
from explorer.views.presenting.presenter import PresentationController
from explorer.views.sharing.controller import SharingController

WIDGETS = (QLabel, QAbstractButton, QComboBox, QAbstractSpinBox, QLineEdit)


def told(widget):
    words = widget.currentText() if isinstance(widget, QComboBox) else getattr(widget, "text", str)()
    return f"{type(widget).__name__} {widget.objectName()} {words[:40]!r}"


def is_inner(widget):
    return isinstance(widget.parent(), QAbstractSpinBox | QComboBox | QLineEdit | QStatusBar)


def words_fit(widget):
    """Whether what a widget says fits into it."""
    if isinstance(widget, QComboBox):
        option = QStyleOptionComboBox()
        widget.initStyleOption(option)
        field = widget.style().subControlRect(
            QStyle.ComplexControl.CC_ComboBox, option, QStyle.SubControl.SC_ComboBoxEditField, widget
        )
        return widget.fontMetrics().horizontalAdvance(widget.currentText()) <= field.width() + 1
    if isinstance(widget, QLineEdit) and not widget.text():
        option = QStyleOptionFrame()
        widget.initStyleOption(option)
        field = widget.style().subElementRect(QStyle.SubElement.SE_LineEditContents, option, widget)
        margins = widget.textMargins()
        room = field.width() - margins.left() - margins.right() - 4  # a line edit leaves 2 pixels at each side
        if widget.fontMetrics().horizontalAdvance(widget.placeholderText()) > room:
            return False
    if isinstance(widget, QLineEdit | QAbstractSpinBox):
        return widget.height() >= widget.minimumSizeHint().height() - 1
    least = widget.minimumSizeHint()
    if isinstance(widget, QLabel):
        if not widget.text():
            return True
        if widget.wordWrap():
            longest = max((widget.fontMetrics().horizontalAdvance(word) for word in words(widget)), default=0)
            margins = widget.contentsMargins()
            room = widget.width() - margins.left() - margins.right()
            return longest <= room + 1 and widget.height() >= widget.heightForWidth(widget.width()) - 1
    elif not widget.text():
        return widget.width() >= widget.iconSize().width() and widget.height() >= widget.iconSize().height()
    return widget.width() >= least.width() - 1 and widget.height() >= least.height() - 1


def words(label):
    """What a label cannot break: it may within a word too, where a zero-width space stands."""
    return plain(label).replace("\u200b", " ").split()


def plain(label):
    return "" if label.textFormat() == Qt.TextFormat.RichText or "<" in label.text() else label.text()


def out_of_reach(widget, window):
    """The first widget around this one that cuts it and does not scroll to it; None where it can be seen."""
    child, place = widget, widget.rect()
    while child is not window:
        parent = child.parentWidget()
        place = QRect(child.mapTo(parent, place.topLeft()), place.size())
        area = parent.parentWidget() if parent.objectName() == "qt_scrollarea_viewport" else None
        if isinstance(area, QAbstractScrollArea):
            off = Qt.ScrollBarPolicy.ScrollBarAlwaysOff
            wide = area.horizontalScrollBarPolicy() == off and (place.left() < 0 or place.right() > parent.width())
            if wide:
                return area
            place = place.intersected(parent.rect()) if place.intersects(parent.rect()) else parent.rect()
        elif not parent.rect().adjusted(-1, -1, 1, 1).contains(place):
            return parent
        child = parent
    return None


def overlapping(window):
    """Pairs of words and controls of one parent that lie over each other."""
    for parent in [window, *window.findChildren(QWidget)]:
        shown = [child for child in parent.children() if isinstance(child, QWidget) and child.isVisible()]
        if parent.layout() is None:
            continue
        shown = [child for child in shown if parent.layout().indexOf(child) >= 0 or isinstance(child, WIDGETS)]
        for one, other in combinations(shown, 2):
            common = one.geometry().intersected(other.geometry())
            if common.width() > 2 and common.height() > 2:
                yield f"{told(one)} lies over {told(other)}"


def crammed(window):
    """Sentences about what does not fit into a window; none where all is well."""
    found = []
    for kind in WIDGETS:
        for widget in window.findChildren(kind):
            if not widget.isVisible() or is_inner(widget) or widget.window() is not window:
                continue
            if isinstance(widget, QToolButton) and widget.objectName() in ("ScrollLeftButton", "ScrollRightButton"):
                continue
            if not words_fit(widget):
                least = widget.minimumSizeHint()
                found.append(
                    f"{told(widget)} is cut: {widget.width()}x{widget.height()}, needs {least.width()}x{least.height()}"
                )
            if (cutter := out_of_reach(widget, window)) is not None:
                found.append(f"{told(widget)} is out of reach in {type(cutter).__name__} {cutter.objectName()}")
            elided = getattr(widget, "_full", None)
            if elided and elided != widget.text():
                found.append(f"{told(widget)} is elided")
    return [*found, *overlapping(window)]


SIZES = [*((1280, 720, scale) for scale in (1.0, 1.5, 2.0, 3.0)), *((1024, 600, scale) for scale in (1.0, 1.5, 2.0))]


@pytest.fixture
def large(ui):
    window = ui.window
    size = window.size()
    ui.complete("x*y + sin(2*x)")
    ui.train_mlp()
    yield ui
    window.set_presenting(False)
    window.part(LessonController).session.close()
    window.part(LessonController).set_visible(False)
    window.sessions.store.set("lessons", {})
    window.sessions.store.set("scale", 1.0)
    window.resize(size)
    window.tabs.setCurrentIndex(0)


def at_rest(window):
    """What is crammed once the window has been laid out as often as something asked for it."""
    clock = QElapsedTimer()
    clock.start()
    window.grab()
    QApplication.processEvents()
    while (found := crammed(window)) and clock.elapsed() < 2000:
        QApplication.processEvents(QEventLoop.ProcessEventsFlag.WaitForMoreEvents, 50)
    return found


@pytest.mark.parametrize(("width", "height", "scale"), SIZES)
def test_every_tab_has_room(large, width, height, scale):
    window = large.window
    window.resize(width, height)
    window.sessions.store.set("scale", scale)
    found = {}
    for index in range(window.tabs.count()):
        window.tabs.setCurrentIndex(index)
        tab = window.tabs.currentWidget()
        if tab in (window.tab("weights"), window.tab("activations")):
            large.until(lambda tab=tab: bool(tab.property("isComplete")))
        for step in (0, 2) if tab is window.tab("autodiff") else (0,):
            window.sessions.autodiff.stepper.set_step(step)
            found[window.tabs.tabText(index), step] = at_rest(window)
    assert (window.width(), window.height()) == (width, height)
    assert {place: sentences for place, sentences in found.items() if sentences} == {}


def test_keys_scroll_to_what_is_below(large):
    window = large.window
    window.resize(1280, 720)
    window.sessions.store.set("scale", 3.0)
    window.show_tab("training")
    at_rest(window)
    bar = window.tab("training").findChild(QAbstractScrollArea, "pageScroll").verticalScrollBar()
    assert bar.maximum() > 0
    for _ in range(10):
        large.press(Qt.Key.Key_PageDown, Qt.KeyboardModifier.AltModifier)
    assert bar.value() == bar.maximum()
    large.press(Qt.Key.Key_PageUp, Qt.KeyboardModifier.AltModifier)
    assert bar.value() < bar.maximum()


@pytest.mark.parametrize(("width", "height", "scale"), SIZES)
def test_lessons_and_present_mode_have_room(large, width, height, scale):
    window = large.window
    window.sessions.store.set("scale", scale)
    window.resize(width, height)
    window.part(LessonController).set_visible(True)
    found = {"list": at_rest(window)}
    for key, scene in (("05-chain-rule", 4), ("05-chain-rule", 2), ("03-derivative-of-2x", 1)):
        window.part(LessonController).session.open_key(key)
        window.part(LessonController).session.go(scene)
        large.until(lambda: window.part(LessonController).is_complete)
        found[key, scene] = at_rest(window)
    window.part(PresentationController).toggle()
    for w, h in ((width, height), (1920, 1080)):
        window.setWindowState(window._state_before)  # a screen of this size
        window.resize(w, h)
        found["present", w] = at_rest(window)
    assert {place: sentences for place, sentences in found.items() if sentences} == {}


DIALOGS = {
    "keysDialog": lambda window: window.part(HelpController).show_shortcuts(),
    "codeDialog": lambda window: window.part(SharingController).show_code(),
    "checkDialog": lambda window: window.part(ExpressionDialogs).show_check(),
    "surfaceDialog": lambda window: window.part(ExpressionDialogs).show_surface(),
    "pictureDialog": lambda window: window.part(SharingController).save_picture(),
    "glossaryDialog": lambda window: window.part(HelpController).show_glossary(),
    "ownNetworkDialog": lambda window: window.tab("training").form.findChild(QPushButton, "ownNetworkButton").click(),
    "lecturerWindow": lambda window: window.part(PresentationController).show_speaker_window(),
}


@pytest.mark.parametrize("scale", [1.0, pytest.param(2.0, marks=pytest.mark.slow), 3.0])
@pytest.mark.parametrize("name", DIALOGS)
def test_every_dialog_has_room(large, name, scale):
    window = large.window
    window.sessions.store.set("scale", scale)
    window.part(LessonController).session.open_key("05-chain-rule")
    dialog = opened(window, name)
    found = [] if name == "ownNetworkDialog" else at_rest(dialog)
    if name == "ownNetworkDialog":
        network, layers = dialog._network, dialog.findChild(QTreeView, "ownLayers")
        place = network.current_index
        assert layers.viewport().height() >= 3 * layers.sizeHintForRow(0)
        for kind in LAYER_KINDS:
            network.add(kind)
            found += [f"{kind}: {sentence}" for sentence in at_rest(dialog)]
            network.remove()
        network.select(place)
    if name == "lecturerWindow":
        for scene in range(len(window.part(LessonController).session.lesson.scenes)):
            window.part(LessonController).session.go(scene)
            found += [f"scene {scene}: {sentence}" for sentence in at_rest(dialog)]
        window.part(LessonController).session.close()
        found += [f"no lesson: {sentence}" for sentence in at_rest(dialog)]
    for tree in dialog.findChildren(QTreeView):
        found += [f"{tree.objectName()}: {text} is elided" for text in elided(tree)]
    room = window.screen().availableSize()
    assert dialog.width() <= room.width()
    assert dialog.height() <= room.height()
    dialog.close()
    assert found == []


@pytest.mark.parametrize("name", DIALOGS)
def test_letters_that_grow_while_a_dialog_is_open_have_room(large, name):
    window = large.window
    dialog = opened(window, name)
    window.sessions.store.set("scale", 3.0)
    found = at_rest(dialog)
    dialog.close()
    assert found == []


def opened(window, name):
    DIALOGS[name](window)
    return next(w for w in QApplication.topLevelWidgets() if w.objectName() == name and w.isVisible())


def elided(view):
    """What a list or table says of which an end is missing."""
    model, root = view.model(), view.rootIndex()
    columns = range(model.columnCount(root)) if isinstance(view, QTreeView) else range(1)
    for row in range(model.rowCount(root)):
        for column in columns:
            index = model.index(row, column, root)
            if view.sizeHintForIndex(index).width() > view.visualRect(index).width():
                yield index.data()


def test_what_is_too_large_is_found():
    """The check itself: a row that is too narrow for its words."""
    window = QWidget()
    row = QHBoxLayout(window)
    for text in ("A long word", "Another long word"):
        row.addWidget(QPushButton(text))
    row.setSizeConstraint(QHBoxLayout.SizeConstraint.SetNoConstraint)
    window.resize(90, 40)
    window.show()
    assert any("is cut" in sentence for sentence in crammed(window))
    window.resize(600, 80)
    QApplication.processEvents()
    assert crammed(window) == []
    window.close()


@pytest.mark.parametrize(("size", "chosen", "fills"), [((9000, 400), False, True), ((300, 200), False, False),
                                                       ((9000, 400), True, False)])  # fmt: skip
def test_a_window_that_does_not_fit_on_the_screen_fills_it(qtbot, size, chosen, fills):
    window = QWidget()
    qtbot.addWidget(window)
    window.resize(*size)
    show_on_screen(window, has_size=chosen)
    assert window.isMaximized() == fills


def test_a_title_needs_room_too(qtbot):
    window = QWidget()
    qtbot.addWidget(window)
    window.resize(300, window.screen().availableSize().height())
    show_on_screen(window, has_size=False)
    assert window.isMaximized()


def test_what_is_told_lies_over_nothing(ui):
    bar, label = ui.window.statusBar(), ui.find("engineLabel")
    ui.until(lambda: label.text() != "")
    bar.showMessage("The LaTeX is in the clipboard.")
    ui.sessions.store.set("scale", 1.5)  # new letters show again what a message hides
    label.show()
    assert label.text() == ""
    ui.sessions.store.set("scale", 1.0)
    bar.clearMessage()
    assert label.text() != ""
