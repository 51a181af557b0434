"""A batch ends once, when its outermost block does."""

import pytest

from explorer.session.autodiff.update_batch import UpdateBatch


@pytest.fixture
def ended(qapp):
    batch = UpdateBatch()
    batch.count = 0

    def count():
        batch.count += 1

    batch.ended.connect(count)
    return batch


def test_nested_blocks_are_one_batch(ended):
    with ended:
        with ended:
            assert ended.is_open
        assert ended.count == 0
    assert ended.count == 1
    assert not ended.is_open


def test_a_batch_ends_after_an_error(ended):
    with pytest.raises(ValueError, match="no"), ended:
        raise ValueError("no")
    assert ended.count == 1


def test_slots_of_a_notified_signal_run_inside_the_batch(ended):
    other = UpdateBatch()
    open_in_slot = []
    other.ended.connect(lambda: open_in_slot.append(ended.is_open))
    ended.notify(other.ended)
    assert open_in_slot == [True]
    assert ended.count == 1
