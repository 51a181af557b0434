"""Files of runs: everything comes back, and whatever else stands in a file is refused with a sentence."""

import contextlib
import copy
import dataclasses
import os
import random
import zlib

import numpy as np
import pytest

from explorer.core.protocol.frames import pack
from explorer.core.training import checkpoint as checkpoint_module
from explorer.core.training.checkpoint import MAGIC, Checkpoint, CheckpointError, load_checkpoint, rename_run
from explorer.core.training.run_record import RunRecord, Variables
from explorer.core.training.settings import run_settings

METRICS = {"loss": 0.5, "accuracy": 0.8, "val_loss": 0.6, "val_accuracy": 0.7, "seconds": 1.0, "images_per_second": 9.0}


def make_checkpoint():
    rng = np.random.default_rng(1)
    record = RunRecord(
        run_settings(model="mlp", hidden=3),
        "sample",
        "MNIST sample",
        (8500, 1500),
        [METRICS, {**METRICS, "val_loss": 0.1 + 0.2}],
        total_epochs=3,
        step=17,
        status="stopped",
        number=4,
        name="mine",
        parameters=2395,
        points=rng.random((5, 4)),
        norms={"hidden": 0.25, "probabilities": 1e-9},
        confusion=rng.integers(0, 50, (10, 10)).astype(np.int32),
        mistakes={
            "images": rng.integers(0, 256, (2, 28, 28)).astype(np.uint8),
            "labels": np.array([3, 5], np.uint8),
            "predictions": np.array([5, 3], np.int32),
            "confidences": np.array([0.9, 0.8], np.float32),
            "classes": list("0123456789"),
        },
    )
    state = [rng.random((28, 3)).astype(np.float32), np.array(7, np.int64)]
    return Checkpoint(record, Variables(state, {"step": 17, "total": 3.5}, [(3, state[:1])]))


def equal(left, right):
    if isinstance(left, np.ndarray):
        return left.dtype == right.dtype and np.array_equal(left, right)
    if isinstance(left, dict):
        return left.keys() == right.keys() and all(equal(left[key], right[key]) for key in left)
    if isinstance(left, list | tuple):
        return len(left) == len(right) and all(map(equal, left, right))
    return left == right


def fields(value):
    return {field.name: getattr(value, field.name) for field in dataclasses.fields(value)}


def test_everything_comes_back(tmp_path):
    path, saved = tmp_path / "a.run", make_checkpoint()
    saved.save(path)
    loaded = load_checkpoint(path)
    assert equal(fields(loaded.record), fields(saved.record))
    assert equal(fields(loaded.variables), fields(saved.variables))
    only_record = load_checkpoint(path, record_only=True)
    assert equal(fields(only_record.record), fields(saved.record))
    assert only_record.variables.state == ()
    assert loaded.record.steps == 266
    rename_run(path, "best")
    renamed = load_checkpoint(path)
    assert renamed.record.name == "best"
    assert equal(fields(renamed.variables), fields(saved.variables))
    assert list(tmp_path.iterdir()) == [path]


def test_a_file_that_is_changed_anywhere_is_refused(tmp_path):
    path = tmp_path / "a.run"
    make_checkpoint().save(path)
    content = path.read_bytes()
    rng = random.Random(2)
    for _ in range(600):
        changed = bytearray(content)
        match rng.randrange(3):
            case 0:
                changed[rng.randrange(len(changed))] ^= 1 << rng.randrange(8)
            case 1:
                del changed[rng.randrange(len(changed)) :]
            case _:
                start = rng.randrange(len(changed))
                changed[start : start + 8] = rng.randbytes(8)
        if bytes(changed) == content:
            continue
        path.write_bytes(changed)
        with pytest.raises(CheckpointError):
            load_checkpoint(path)
        with contextlib.suppress(CheckpointError):  # damage behind the record is not looked for
            load_checkpoint(path, record_only=True)


NESTED = []
for _ in range(400):
    NESTED = [NESTED]

WRONG = (
    None, True, -1, 2**63, 1e300, float("nan"), "x" * 5000, b"bytes", [], {}, [1, "a"], {"a": 1}, NESTED,
    np.zeros((3, 3)), np.zeros(0, np.int32), np.full((2, 4), np.nan),
)  # fmt: skip
"""Values that stand in place of others; some are allowed in some places."""


def places(value, path=()):
    """Yield the paths of all values inside a map."""
    for key, each in value.items() if isinstance(value, dict) else enumerate(value):
        yield (*path, key)
        if isinstance(each, dict | list):
            yield from places(each, (*path, key))


def replaced(value, path, new):
    result = copy.deepcopy(value)
    inner = result
    for key in path[:-1]:
        inner = inner[key]
    if new is KeyError:
        del inner[path[-1]]
    else:
        inner[path[-1]] = new
    return result


def test_values_of_other_types_with_right_checksums_are_refused_or_harmless(tmp_path):
    """A file with valid checksums is read without any error but `CheckpointError`, and a record then is whole."""
    saved, path = make_checkpoint(), tmp_path / "a.run"
    maps = [saved.record.to_map(), saved.variables.to_map()]
    refused = 0
    for index in (0, 1):
        for place in places(maps[index]):
            for new in (*WRONG, KeyError):
                blocks = [pack(each)[4:] for each in maps]
                try:
                    blocks[index] = pack(replaced(maps[index], place, new))[4:]
                except ValueError:
                    continue  # nothing that can be written
                header = checkpoint_module._BLOCK
                parts = [part for block in blocks for part in (header.pack(len(block), zlib.crc32(block)), block)]
                path.write_bytes(b"".join([MAGIC, *parts]))
                try:
                    record = load_checkpoint(path).record
                except CheckpointError:
                    refused += 1
                    continue
                assert record.steps >= 1
                assert record.confusion is None or record.confusion.shape == (10, 10)
                assert [set(epoch) for epoch in record.epochs] == [set(METRICS)] * len(record.epochs)
                assert all(isinstance(text, str) for text in (record.name, record.message, record.source))
    assert refused > 500


def test_what_is_no_file_is_refused_without_waiting(tmp_path):
    for name in ("nowhere.run", "."):
        with pytest.raises(CheckpointError, match="not there"):
            load_checkpoint(tmp_path / name)
    if hasattr(os, "mkfifo"):
        os.mkfifo(tmp_path / "pipe.run")
        with pytest.raises(CheckpointError, match="not there"):
            load_checkpoint(tmp_path / "pipe.run")
    (tmp_path / "old.run").write_bytes(b"PK" + bytes(500))
    with pytest.raises(CheckpointError, match="another version"):
        load_checkpoint(tmp_path / "old.run")


def test_the_old_file_stays_where_a_new_one_cannot_be_written(tmp_path, monkeypatch):
    path, saved = tmp_path / "a.run", make_checkpoint()
    saved.save(path)
    content = path.read_bytes()

    def fail(*_arguments):
        raise OSError("No space left on device")

    monkeypatch.setattr("explorer.core.atomic_write.os.replace", fail)
    with pytest.raises(OSError, match="No space"):
        saved.save(path)
    assert path.read_bytes() == content
    assert list(tmp_path.iterdir()) == [path]
