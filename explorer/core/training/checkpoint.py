"""Checkpoints: the state of a run at the end of an epoch in one file, from which it can go on after a crash."""

import json
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from explorer.core.atomic_write import atomic_write
from explorer.core.errors import ErrorCode, UserError

FORMAT_VERSION = 1
"""Version of the files that are written and read."""


class CheckpointError(UserError):
    """A checkpoint that cannot be used."""

    code = ErrorCode.FILE_UNUSABLE


@dataclass(frozen=True)
class Checkpoint:
    """The state of a run.

    Parameters
    ----------
    settings : settings of the run, the choice of XLA included.
    source : name with which the data is loaded.
    data_name : name of the data that is shown to the user.
    image_counts : number of training and of validation images.
    epochs : metrics of each complete epoch.
    state : variables of the network and of the optimizer, in the order of the training loop; empty where only the
        metadata was read.
    """

    settings: Mapping[str, Any]
    source: str
    data_name: str
    image_counts: tuple[int, int]
    epochs: Sequence[Mapping[str, float]]
    state: Sequence[Any] = ()

    def save(self, path: Path) -> None:
        """Write the checkpoint to a file, completely or not at all. Raises OSError."""
        metadata = {
            "version": FORMAT_VERSION, "settings": dict(self.settings), "source": self.source, "data": self.data_name,
            "images": self.image_counts, "epochs": [dict(epoch) for epoch in self.epochs],
        }  # fmt: skip
        path.parent.mkdir(parents=True, exist_ok=True)
        with atomic_write(path) as part:
            arrays = {f"state_{index}": value for index, value in enumerate(self.state)}
            np.savez(part, head=np.array(json.dumps(metadata)), **arrays)


def load_checkpoint(path: Path, *, metadata_only: bool = False) -> Checkpoint:
    """Load a checkpoint, without the variables if ``metadata_only``.

    Raises
    ------
    CheckpointError : if there is none, or it cannot be read.
    """
    try:
        with path.open("rb") as opened, np.load(opened, allow_pickle=False) as file:
            metadata = json.loads(str(file["head"]))
            if metadata["version"] != FORMAT_VERSION:
                raise CheckpointError("The interrupted run was saved by another version of this program.")
            count = sum(name.startswith("state_") for name in file.files)
            state = [] if metadata_only else [file[f"state_{index}"] for index in range(count)]
        image_counts = int(metadata["images"][0]), int(metadata["images"][1])
        source, data_name = str(metadata["source"]), str(metadata["data"])
        return Checkpoint(metadata["settings"], source, data_name, image_counts, metadata["epochs"], state)
    except CheckpointError:
        raise
    except FileNotFoundError:
        raise CheckpointError("There is no interrupted run to go on with.") from None
    except (OSError, ValueError, KeyError, TypeError, IndexError, EOFError, zipfile.BadZipFile) as error:
        raise CheckpointError("The interrupted run cannot be read any more, so it cannot go on.") from error
