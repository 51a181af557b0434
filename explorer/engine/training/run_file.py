"""The file of a run: it is written while the run trains, and what was trained is read back from it."""

import contextlib
from dataclasses import replace
from pathlib import Path
from typing import Any

from explorer.core.training.checkpoint import MAX_STATE_BYTES, Checkpoint, CheckpointError
from explorer.core.training.run_record import RunRecord, Variables


class RunFile:
    """Saves a run to a file, until the run is discarded. path: None for a run that is not kept."""

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self.is_discarded = False

    @property
    def is_wanted(self) -> bool:
        """Whether the run is to be saved."""
        return self._path is not None and not self.is_discarded

    def save(self, record: RunRecord, variables: Variables) -> bool:
        """Save a run, of a very large network the record alone; return whether it can go on from the file.

        A full disk costs the file, not the run.
        """
        if self._path is None or self.is_discarded:
            return False
        is_small = variables.size <= MAX_STATE_BYTES
        checkpoint = Checkpoint(replace(record, has_variables=is_small), variables if is_small else Variables())
        with contextlib.suppress(OSError):
            checkpoint.save(self._path)
            return is_small
        return False

    def discard(self) -> None:
        """Save nothing from now on."""
        self.is_discarded = True

    def delete(self) -> None:
        """Delete the file, once: the path may be another's later."""
        path, self._path = self._path, None
        if path is not None:
            with contextlib.suppress(OSError):
                path.unlink(missing_ok=True)


def build_kept_network(checkpoint: Checkpoint) -> Any:
    """Return the network of a kept run with its weights, as a Keras model. Raises CheckpointError."""
    # Keras takes a second to import: the thread of the run does it.
    from explorer.engine.models.build import build_network

    model, state = build_network(checkpoint.record.settings), checkpoint.variables.state
    try:
        for variable, value in zip(model.variables, state[: len(model.variables)], strict=True):
            variable.assign(value)
    except ValueError as mismatch:
        raise CheckpointError("The weights of this run do not fit its network.") from mismatch
    return model
