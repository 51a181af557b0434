"""The spin box for entries, and the picker of a variable and its entry."""

import numpy as np

from explorer.views.widgets.fields.coordinate_picker import CoordinatePicker
from explorer.views.widgets.fields.entry_spin import EntrySpin


def test_an_entry_of_a_matrix_reads_back_from_its_text(qapp):
    spin = EntrySpin("entry")
    spin.setArray("f", (2, 3))
    for number in range(6):
        assert spin.valueFromText(spin.textFromValue(number)) == number
    assert spin.textFromValue(5) == "f[1,2]"
    assert spin.valueFromText("1,0") == 3
    spin.setEntry((0, 2))
    assert spin.entry() == (0, 2)
    assert spin.valueFromText("nonsense") == 2


POINT = {"s": np.asarray(1.0), "W": np.ones((2, 3)), "x": np.ones(4)}


def picker_of(point, current):
    picker = CoordinatePicker("axis", "The axis")
    chosen = []
    picker.chosen.connect(chosen.append)
    picker.setValues(point, current)
    return picker, chosen


def test_a_single_number_needs_no_entry(qapp):
    picker, chosen = picker_of(POINT, "s")
    assert picker.combo.currentText() == "s"
    assert picker.spin.isHidden()
    assert chosen == []


def test_an_entry_is_picked_by_variable_and_index(qapp):
    picker, chosen = picker_of(POINT, "W[1,2]")
    assert (picker.combo.currentText(), picker.spin.text()) == ("W", "[1,2]")
    picker.spin.setValue(1)
    assert chosen == ["W[0,1]"]
    picker.combo.textActivated.emit("x")
    picker.combo.textActivated.emit("s")
    assert chosen == ["W[0,1]", "x[0]", "s"]


def test_what_is_taken_is_not_picked_twice(qapp):
    picker, chosen = picker_of(POINT, "x[0]")
    picker.setTaken("x[1]")
    picker.spin.stepUp()
    assert chosen == ["x[2]"]
    picker.setValues(POINT, "x[2]")
    picker.spin.stepDown()
    assert chosen == ["x[2]", "x[0]"]
    picker.setTaken("s")
    assert [picker.combo.itemText(k) for k in range(picker.combo.count())] == ["W", "x"]


def test_of_the_only_variable_the_entry_alone_is_shown(qapp):
    picker, chosen = picker_of({"x": np.ones(3)}, "x[1]")
    assert picker.combo.isHidden()
    assert picker.spin.text() == "x[1]"
    picker.spin.stepUp()
    assert chosen == ["x[2]"]
    picker.setValues(POINT, "x[1]")
    assert not picker.combo.isHidden()
    assert picker.spin.text() == "[1]"


def test_the_list_of_variables_is_as_wide_as_its_names_also_if_it_was_empty(qapp):
    """Otherwise the fields beside it need another row in a window that begins without an expression."""
    picker, _ = picker_of({}, None)
    assert picker.combo.minimumSizeHint().width() > 0  # Qt keeps what it answers here
    picker.setValues({"x": np.asarray(1.0)}, "x")
    other, _ = picker_of({"x": np.asarray(1.0)}, "x")
    assert picker.combo.minimumSizeHint() == other.combo.minimumSizeHint()
    assert picker.minimumSizeHint() == other.minimumSizeHint()
