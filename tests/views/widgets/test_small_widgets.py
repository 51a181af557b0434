"""Unit tests of small widgets: expression edit, step bar, segmented control, details strip, spin boxes."""

import os

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractButton,
    QComboBox,
    QLabel,
    QSlider,
    QStyle,
    QStyleOptionSlider,
    QVBoxLayout,
    QWidget,
)

from explorer.views.autodiff.expression_edit import ExpressionEdit
from explorer.views.graph.details_strip import DetailsStrip
from explorer.views.graph.step_bar import StepBar
from explorer.views.theme.stylesheet import stylesheet
from explorer.views.theme.theme import load_theme
from explorer.views.widgets.fields.segmented_control import SegmentedControl
from explorer.views.widgets.fields.spin_boxes import DecimalSpinBox, IntegerSpinBox


@pytest.fixture
def steps(qtbot):
    bar = StepBar()
    bar.setTheme(load_theme("dark"))
    qtbot.addWidget(bar)
    return bar


def button(bar, name: str) -> QAbstractButton:
    return bar.findChild(QAbstractButton, name)


@pytest.mark.parametrize("pasted", ["h = 2*x\ny = sin(h)", "h = 2*x\r\ny = sin(h)\n", "h = 2*x;\n\n  y = sin(h)"])
def test_pasted_lines_become_statements(qtbot, pasted):
    edit = ExpressionEdit()
    qtbot.addWidget(edit)
    QGuiApplication.clipboard().setText(pasted)
    edit.paste()
    assert edit.text().rstrip("; ") == "h = 2*x; y = sin(h)"


def test_set_text_counts_as_typing(qtbot):
    edit = ExpressionEdit()
    qtbot.addWidget(edit)
    with qtbot.waitSignal(edit.textChanged) as caught:
        edit.setText("sin(x)")
    assert caught.args == ["sin(x)"]


def test_the_position_of_an_error_is_underlined(qtbot):
    edit = ExpressionEdit()
    edit.setTheme(load_theme("light"))
    edit.resize(300, 40)
    qtbot.addWidget(edit)
    edit.setText("sni(x)")
    before = edit.grab().toImage()
    edit.setErrorColumn(1)
    after = edit.grab().toImage()
    assert before != after
    edit.setErrorColumn(None)
    assert edit.grab().toImage() == before


def test_step_buttons_follow_the_step(steps):
    steps.resize(900, 50)
    steps.setStep("backward", 0, 3, ready=True)
    assert not button(steps, "stepBackButton").isEnabled()
    assert button(steps, "stepForwardButton").isEnabled()
    assert "step 0 of 3" in steps.findChild(QLabel, "stepLabel").text()
    steps.setStep("backward", 3, 3, ready=True)
    assert button(steps, "stepBackButton").isEnabled()
    assert not button(steps, "stepForwardButton").isEnabled()
    assert steps.findChild(QLabel, "stepLabel").text() == "Backward pass · step 3 of 3"
    steps.setStep("forward", 0, 0, ready=False)
    assert not any(b.isEnabled() for b in steps.findChildren(QAbstractButton) if b.objectName().startswith("step"))


@pytest.mark.parametrize("width", [900, 640, 540, 460, 380, 330])
def test_the_step_is_visible_in_any_width(steps, width, qtbot):
    around = QWidget()
    QVBoxLayout(around).addWidget(steps)
    around.layout().setContentsMargins(0, 0, 0, 0)
    steps.setStep("backward", 2, 12, ready=True)
    around.resize(width, 50)
    around.show()
    assert steps.width() == width
    label = steps.findChild(QLabel, "stepLabel")
    assert "step 2 of 12" in label.text()
    qtbot.waitUntil(lambda: label.fontMetrics().horizontalAdvance(label.text()) <= label.width())
    assert "step 2 of 12" in label.text()
    assert steps.findChild(QComboBox, "speedCombo").isVisibleTo(steps) == (width >= 540)
    steps.setParent(None)
    around.close()


@pytest.mark.parametrize(
    ("name", "signal"),
    [
        ("stepFirstButton", "firstRequested"),
        ("stepBackButton", "backRequested"),
        ("stepForwardButton", "forwardRequested"),
        ("stepLastButton", "lastRequested"),
    ],
)
def test_each_step_button_emits_its_request(qtbot, steps, name, signal):
    steps.setStep("backward", 1, 3, ready=True)
    with qtbot.waitSignal(getattr(steps, signal)):
        qtbot.mouseClick(button(steps, name), Qt.MouseButton.LeftButton)


def test_play_requests_steps_until_the_end(qtbot, steps):
    steps.findChild(QComboBox, "speedCombo").setCurrentText("fast")
    done = []

    def step() -> None:
        done.append(None)
        steps.setStep("backward", len(done), 2, ready=True)

    steps.forwardRequested.connect(step)
    steps.setStep("backward", 0, 2, ready=True)
    qtbot.mouseClick(button(steps, "playButton"), Qt.MouseButton.LeftButton)
    assert button(steps, "playButton").text() == "Pause"
    qtbot.waitUntil(lambda: button(steps, "playButton").text() == "Play")
    assert len(done) == 2


def test_a_segment_emits_its_key(qtbot):
    segments = SegmentedControl("s", {"a": ("A", "first"), "b": ("B", "second")})
    qtbot.addWidget(segments)
    segments.setCurrent("a")
    with qtbot.waitSignal(segments.chosen) as caught:
        qtbot.mouseClick(segments.findChild(QAbstractButton, "s_b"), Qt.MouseButton.LeftButton)
    assert caught.args == ["b"]


def test_details_show_and_hide(qtbot):
    strip = DetailsStrip()
    strip.setTheme(load_theme("dark"))
    qtbot.addWidget(strip)
    strip.setDetails('Tensor("add:0", shape=(), dtype=float32)', "made by add")
    assert strip.isVisibleTo(None)
    with qtbot.waitSignal(strip.closed):
        qtbot.mouseClick(strip.findChild(QAbstractButton, "detailsCloseButton"), Qt.MouseButton.LeftButton)
    strip.setDetails("", "")
    assert not strip.isVisibleTo(None)


@pytest.mark.parametrize("scale", [0.6, 0.9, 1.0, 1.3, 1.5, 1.7, 2.0, 3.0])
def test_the_handle_of_a_slider_is_round_at_any_size(qtbot, scale):
    slider = QSlider(Qt.Orientation.Horizontal)
    qtbot.addWidget(slider)
    slider.setStyleSheet(stylesheet(load_theme("light"), scale))
    slider.resize(400, 100)
    slider.setRange(0, 100)
    slider.setValue(50)
    option = QStyleOptionSlider()
    slider.initStyleOption(option)
    control, part = QStyle.ComplexControl.CC_Slider, QStyle.SubControl.SC_SliderHandle
    handle = slider.style().subControlRect(control, option, part, slider)
    picture = slider.grab().toImage()
    middle = picture.pixelColor(handle.center())
    assert picture.pixelColor(handle.left() + 1, handle.center().y()) != middle  # the border of the handle
    background = picture.pixelColor(2, 2)
    assert picture.pixelColor(handle.topLeft()) == background
    assert picture.pixelColor(handle.bottomRight()) == background


def test_a_number_above_the_maximum_becomes_the_maximum(qtbot):
    for spin, largest, fits in ((IntegerSpinBox("units"), 4096, 12), (DecimalSpinBox(), 1.0, 0.25)):
        qtbot.addWidget(spin)
        spin.setRange(0, largest)
        spin.show()
        for typed, value in (("5000", largest), (f"{fits:g}", fits), ("99999", largest)):
            spin.selectAll()
            QTest.keyClicks(spin, typed)
            QTest.keyClick(spin, Qt.Key.Key_Return)
            assert spin.value() == value
            assert spin.text() == f"{value:g}"


@pytest.mark.parametrize(
    ("typed", "value", "shown"),
    [
        ("1e-3", 0.001, "0.001"),
        ("2.5E-5", 0.000025, "0.000025"),
        ("1e6", 1e6, "1e6"),
        ("1e", 1.0, "1"),  # an incomplete exponent is dropped
        ("1e-", 1.0, "1"),
        ("1x", 1.0, "1"),
        ("1e5e", 1e5, "100000"),
        ("1e999", 1e30, "1e30"),
        ("0.02", 0.02, "0.02"),
        ("1e-30", 0.0, "0"),
    ],
)
def test_exponents_and_partial_numbers_are_parsed(qtbot, typed, value, shown):
    spin = DecimalSpinBox()
    spin.setRange(0, 1e30)
    spin.setValue(0.5)
    qtbot.addWidget(spin)
    spin.show()
    spin.selectAll()
    QTest.keyClicks(spin, typed)
    QTest.keyClick(spin, Qt.Key.Key_Return)
    assert spin.value() == pytest.approx(value)
    assert spin.text() == shown
