"""Changes in quick succession are undone together."""

from explorer.session.autodiff.undo_history import MAX_ENTRIES, MERGE_WITHIN_S, UndoHistory


def typed(*texts, seconds):
    history = UndoHistory("")
    for number, text in enumerate(texts):
        history.typed(text, number * seconds)
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
    history.typed("ac", 100.0)
    assert not history.can_redo
    assert history.undo() == "a"


def test_the_same_text_is_no_change():
    history = typed("a", "a", seconds=2 * MERGE_WITHIN_S)
    assert (history.undo(), history.can_undo) == ("", False)


def test_the_number_of_texts_is_limited():
    history = typed(*(str(number) for number in range(2 * MAX_ENTRIES)), seconds=2 * MERGE_WITHIN_S)
    undone = list(iter(history.undo, None))
    assert len(undone) == MAX_ENTRIES - 1
