"""With fonts of up to 300 % nothing is clipped, elided, unreachable or overlapping."""

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


def describe(widget):
    """Return type, object name and text of a widget."""
    text = widget.currentText() if isinstance(widget, QComboBox) else getattr(widget, "text", str)()
    return f"{type(widget).__name__} {widget.objectName()} {text[:40]!r}"


def is_internal(widget):
    """Return whether the widget is part of another control or of the status bar."""
    return isinstance(widget.parent(), QAbstractSpinBox | QComboBox | QLineEdit | QStatusBar)


def text_fits(widget):
    """Return whether the widget is large enough for its text."""
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
        available = field.width() - margins.left() - margins.right() - 4  # QLineEdit leaves 2 pixels at each side
        if widget.fontMetrics().horizontalAdvance(widget.placeholderText()) > available:
            return False
    if isinstance(widget, QLineEdit | QAbstractSpinBox):
        return widget.height() >= widget.minimumSizeHint().height() - 1
    minimum = widget.minimumSizeHint()
    if isinstance(widget, QLabel):
        if not widget.text():
            return True
        if widget.wordWrap():
            longest = max(
                (widget.fontMetrics().horizontalAdvance(word) for word in unbreakable_words(widget)), default=0
            )
            margins = widget.contentsMargins()
            available = widget.width() - margins.left() - margins.right()
            return longest <= available + 1 and widget.height() >= widget.heightForWidth(widget.width()) - 1
    elif not widget.text():
        return widget.width() >= widget.iconSize().width() and widget.height() >= widget.iconSize().height()
    return widget.width() >= minimum.width() - 1 and widget.height() >= minimum.height() - 1


def unbreakable_words(label):
    """Return the parts of a label's text without a break opportunity, which zero-width spaces are as well."""
    return plain_text(label).replace("\u200b", " ").split()


def plain_text(label):
    """Return a label's text, or "" for rich text."""
    return "" if label.textFormat() == Qt.TextFormat.RichText or "<" in label.text() else label.text()


def clipping_ancestor(widget, window):
    """Return the nearest ancestor that clips a widget and cannot scroll to it, or None."""
    child, rect = widget, widget.rect()
    while child is not window:
        parent = child.parentWidget()
        rect = QRect(child.mapTo(parent, rect.topLeft()), rect.size())
        area = parent.parentWidget() if parent.objectName() == "qt_scrollarea_viewport" else None
        if isinstance(area, QAbstractScrollArea):
            off = Qt.ScrollBarPolicy.ScrollBarAlwaysOff
            is_clipped = area.horizontalScrollBarPolicy() == off and (rect.left() < 0 or rect.right() > parent.width())
            if is_clipped:
                return area
            rect = rect.intersected(parent.rect()) if rect.intersects(parent.rect()) else parent.rect()
        elif not parent.rect().adjusted(-1, -1, 1, 1).contains(rect):
            return parent
        child = parent
    return None


def overlaps(window):
    """Yield descriptions of siblings that overlap."""
    for parent in [window, *window.findChildren(QWidget)]:
        children = [child for child in parent.children() if isinstance(child, QWidget) and child.isVisible()]
        if parent.layout() is None:
            continue
        children = [child for child in children if parent.layout().indexOf(child) >= 0 or isinstance(child, WIDGETS)]
        for one, other in combinations(children, 2):
            common = one.geometry().intersected(other.geometry())
            if common.width() > 2 and common.height() > 2:
                yield f"{describe(one)} overlaps {describe(other)}"


def layout_problems(window):
    """Return descriptions of the widgets that are clipped, unreachable, elided or overlapping."""
    problems = []
    for kind in WIDGETS:
        for widget in window.findChildren(kind):
            if not widget.isVisible() or is_internal(widget) or widget.window() is not window:
                continue
            if isinstance(widget, QToolButton) and widget.objectName() in ("ScrollLeftButton", "ScrollRightButton"):
                continue
            if not text_fits(widget):
                minimum = widget.minimumSizeHint()
                problems.append(
                    f"{describe(widget)} is cut: "
                    f"{widget.width()}x{widget.height()}, needs {minimum.width()}x{minimum.height()}"
                )
            if (ancestor := clipping_ancestor(widget, window)) is not None:
                problems.append(f"{describe(widget)} is clipped by {type(ancestor).__name__} {ancestor.objectName()}")
            full_text = getattr(widget, "_full", None)
            if full_text and full_text != widget.text():
                problems.append(f"{describe(widget)} is elided")
    return [*problems, *overlaps(window)]


SIZES = [*((1280, 720, scale) for scale in (1.0, 1.5, 2.0, 3.0)), *((1024, 600, scale) for scale in (1.0, 1.5, 2.0))]


@pytest.fixture
def trained_ui(ui):
    """The window with an expression and a trained network; its size and settings are restored."""
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


LAYOUT_TIMEOUT_MS = 20_000
"""Time limit for the layout of a window, which takes seconds on a busy machine."""


def settled_layout_problems(window):
    """Return the layout problems that are left when all pending layouts are done."""
    clock = QElapsedTimer()
    clock.start()
    window.grab()
    QApplication.processEvents()
    while (problems := layout_problems(window)) and clock.elapsed() < LAYOUT_TIMEOUT_MS:
        QApplication.processEvents(QEventLoop.ProcessEventsFlag.WaitForMoreEvents, 50)
    return problems


@pytest.mark.parametrize(("width", "height", "scale"), SIZES)
def test_every_tab_fits(trained_ui, width, height, scale):
    window = trained_ui.window
    window.resize(width, height)
    window.sessions.store.set("scale", scale)
    found = {}
    for index in range(window.tabs.count()):
        window.tabs.setCurrentIndex(index)
        tab = window.tabs.currentWidget()
        if tab in (window.tab("weights"), window.tab("activations")):
            trained_ui.until(lambda tab=tab: bool(tab.property("isComplete")))
        for step in (0, 2) if tab is window.tab("autodiff") else (0,):
            window.sessions.autodiff.stepper.set_step(step)
            found[window.tabs.tabText(index), step] = settled_layout_problems(window)
    assert (window.width(), window.height()) == (width, height)
    assert {place: problems for place, problems in found.items() if problems} == {}


def test_keys_scroll_to_the_end_of_a_page(trained_ui):
    window = trained_ui.window
    window.resize(1280, 720)
    window.sessions.store.set("scale", 3.0)
    window.show_tab("training")
    settled_layout_problems(window)
    bar = window.tab("training").findChild(QAbstractScrollArea, "pageScroll").verticalScrollBar()
    assert bar.maximum() > 0
    for _ in range(10):
        trained_ui.press(Qt.Key.Key_PageDown, Qt.KeyboardModifier.AltModifier)
    assert bar.value() == bar.maximum()
    trained_ui.press(Qt.Key.Key_PageUp, Qt.KeyboardModifier.AltModifier)
    assert bar.value() < bar.maximum()


@pytest.mark.parametrize(("width", "height", "scale"), SIZES)
def test_lessons_and_present_mode_fit(trained_ui, width, height, scale):
    window = trained_ui.window
    window.sessions.store.set("scale", scale)
    window.resize(width, height)
    window.part(LessonController).set_visible(True)
    found = {"list": settled_layout_problems(window)}
    for key, scene in (("05-chain-rule", 4), ("05-chain-rule", 2), ("03-derivative-of-2x", 1)):
        window.part(LessonController).session.open_key(key)
        window.part(LessonController).session.go(scene)
        trained_ui.until(lambda: window.part(LessonController).is_complete)
        found[key, scene] = settled_layout_problems(window)
    window.part(PresentationController).toggle()
    for w, h in ((width, height), (1920, 1080)):
        window.setWindowState(window._state_before)  # as on a screen of this size
        window.resize(w, h)
        found["present", w] = settled_layout_problems(window)
    assert {place: problems for place, problems in found.items() if problems} == {}


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
def test_every_dialog_fits(trained_ui, name, scale):
    window = trained_ui.window
    window.sessions.store.set("scale", scale)
    window.part(LessonController).session.open_key("05-chain-rule")
    dialog = open_dialog(window, name)
    found = [] if name == "ownNetworkDialog" else settled_layout_problems(dialog)
    if name == "ownNetworkDialog":
        network, layers = dialog._network, dialog.findChild(QTreeView, "ownLayers")
        place = network.current_index
        assert layers.viewport().height() >= 3 * layers.sizeHintForRow(0)
        for kind in LAYER_KINDS:
            network.add(kind)
            found += [f"{kind}: {problem}" for problem in settled_layout_problems(dialog)]
            network.remove()
        network.select(place)
    if name == "lecturerWindow":
        for scene in range(len(window.part(LessonController).session.lesson.scenes)):
            window.part(LessonController).session.go(scene)
            found += [f"scene {scene}: {problem}" for problem in settled_layout_problems(dialog)]
        window.part(LessonController).session.close()
        found += [f"no lesson: {problem}" for problem in settled_layout_problems(dialog)]
    for tree in dialog.findChildren(QTreeView):
        found += [f"{tree.objectName()}: {text} is elided" for text in elided_texts(tree)]
    available = window.screen().availableSize()
    assert dialog.width() <= available.width()
    assert dialog.height() <= available.height()
    dialog.close()
    assert found == []


@pytest.mark.parametrize("name", DIALOGS)
def test_an_open_dialog_fits_after_the_font_grows(trained_ui, name):
    window = trained_ui.window
    dialog = open_dialog(window, name)
    window.sessions.store.set("scale", 3.0)
    found = settled_layout_problems(dialog)
    dialog.close()
    assert found == []


def open_dialog(window, name):
    DIALOGS[name](window)
    return next(w for w in QApplication.topLevelWidgets() if w.objectName() == name and w.isVisible())


def elided_texts(view):
    """Yield the texts of a list or tree that are wider than their cells."""
    model, root = view.model(), view.rootIndex()
    columns = range(model.columnCount(root)) if isinstance(view, QTreeView) else range(1)
    for row in range(model.rowCount(root)):
        for column in columns:
            index = model.index(row, column, root)
            if view.sizeHintForIndex(index).width() > view.visualRect(index).width():
                yield index.data()


def test_layout_problems_finds_buttons_that_are_too_narrow():
    window = QWidget()
    row = QHBoxLayout(window)
    for text in ("A long word", "Another long word"):
        row.addWidget(QPushButton(text))
    row.setSizeConstraint(QHBoxLayout.SizeConstraint.SetNoConstraint)
    window.resize(90, 40)
    window.show()
    assert any("is cut" in problem for problem in layout_problems(window))
    window.resize(600, 80)
    QApplication.processEvents()
    assert layout_problems(window) == []
    window.close()


@pytest.mark.parametrize(("size", "has_size", "is_maximized"), [((9000, 400), False, True), ((300, 200), False, False),
                                                       ((9000, 400), True, False)])  # fmt: skip
def test_a_window_that_does_not_fit_on_the_screen_fills_it(qtbot, size, has_size, is_maximized):
    window = QWidget()
    qtbot.addWidget(window)
    window.resize(*size)
    show_on_screen(window, has_size=has_size)
    assert window.isMaximized() == is_maximized


def test_the_title_bar_counts_towards_the_height(qtbot):
    window = QWidget()
    qtbot.addWidget(window)
    window.resize(300, window.screen().availableSize().height())
    show_on_screen(window, has_size=False)
    assert window.isMaximized()


def test_a_status_bar_message_hides_the_labels_below_it(ui):
    bar, label = ui.window.statusBar(), ui.find("engineLabel")
    ui.until(lambda: label.text() != "")
    bar.showMessage("The LaTeX is in the clipboard.")
    ui.sessions.store.set("scale", 1.5)  # a new font shows the hidden labels again
    label.show()
    assert label.text() == ""
    ui.sessions.store.set("scale", 1.0)
    bar.clearMessage()
    assert label.text() != ""
