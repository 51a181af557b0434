"""Changes in quick succession are undone together."""

from explorer.session.autodiff.undo_history import MAX_STATES, MERGE_WITHIN_S, UndoHistory


def typed(*texts, seconds):
    history = UndoHistory("")
    for number, text in enumerate(texts):
        history.add_text(text, number * seconds)
    return history


def test_slow_changes_are_undone_one_by_one():
    history = typed("a", "ab", seconds=2 * MERGE_WITHIN_S)
    assert (history.undo(), history.undo(), history.undo()) == ("a", "", None)
    assert (history.redo(), history.redo(), history.redo()) == ("a", "ab", None)


def test_quick_changes_are_one():
    history = typed("a", "ab", "abc", seconds=MERGE_WITHIN_S / 2)
    assert (history.undo(), history.can_undo) == ("", False)


def test_typing_after_an_undo_ends_what_could_be_redone():
    history = typed("a", "ab", seconds=2 * MERGE_WITHIN_S)
    history.undo()
    history.add_text("ac", 100.0)
    assert not history.can_redo
    assert history.undo() == "a"


def test_the_same_text_is_no_change():
    history = typed("a", "a", seconds=2 * MERGE_WITHIN_S)
    assert (history.undo(), history.can_undo) == ("", False)


def test_the_number_of_texts_is_limited():
    history = typed(*(str(number) for number in range(2 * MAX_STATES)), seconds=2 * MERGE_WITHIN_S)
    undone = list(iter(history.undo, None))
    assert len(undone) == MAX_STATES - 1


def test_a_drag_is_one_change_however_long_it_takes():
    history = typed("a", seconds=1)
    history.begin_drag()
    for number in range(5):
        history.add_value(f"a{number}", 10.0 * number)
    history.end_drag()
    history.add_value("b", 40.1)
    assert (history.undo(), history.undo(), history.undo()) == ("a4", "a", "")


def test_quick_changes_of_values_are_one_and_typing_is_another():
    history = typed("a", seconds=1)
    history.add_value("a1", 5.0)
    history.add_value("a2", 5.0 + MERGE_WITHIN_S / 2)
    history.add_text("b2", 5.0 + MERGE_WITHIN_S / 2)
    history.add_value("b3", 5.0 + MERGE_WITHIN_S)
    assert list(history.earlier()) == ["b2", "a2", "a", ""]


def test_an_amended_entry_is_not_undone():
    history = typed("a", "b", seconds=2 * MERGE_WITHIN_S)
    history.amend("c")
    assert (history.undo(), history.redo()) == ("a", "c")
