"""A run at the end of an epoch, in one file: enough to go on from it after a crash."""

import json
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from explorer.core.atomic_write import atomic_write
from explorer.core.errors import ErrorCode, UserError

VERSION = 1


class CheckpointError(UserError):
    """A checkpoint that cannot be used."""

    code = ErrorCode.FILE_UNUSABLE


@dataclass(frozen=True)
class Checkpoint:
    """settings: of the run, with the choice of XLA. source: the data as it was asked for; data: what it is called.

    images: how many it trains and validates on. epochs: metrics of each whole epoch. state: the network's and the
    optimizer's variables, in the loop's order; left out where only the head was read.
    """

    settings: Mapping[str, Any]
    source: str
    data: str
    images: tuple[int, int]
    epochs: Sequence[Mapping[str, float]]
    state: Sequence[Any] = ()

    def save(self, path: Path) -> None:
        """Write it beside, then rename: whole or not at all. Raises OSError."""
        head = {
            "version": VERSION, "settings": dict(self.settings), "source": self.source, "data": self.data,
            "images": self.images, "epochs": [dict(epoch) for epoch in self.epochs],
        }  # fmt: skip
        path.parent.mkdir(parents=True, exist_ok=True)
        with atomic_write(path) as part:
            arrays = {f"state_{place}": value for place, value in enumerate(self.state)}
            np.savez(part, head=np.array(json.dumps(head)), **arrays)


def load_checkpoint(path: Path, *, head_only: bool = False) -> Checkpoint:
    """Read a checkpoint, or only what it is about; raises CheckpointError with a sentence."""
    try:
        with path.open("rb") as opened, np.load(opened, allow_pickle=False) as file:
            head = json.loads(str(file["head"]))
            if head["version"] != VERSION:
                raise CheckpointError("The interrupted run was saved by another version of this program.")
            count = sum(name.startswith("state_") for name in file.files)
            state = [] if head_only else [file[f"state_{place}"] for place in range(count)]
        images = int(head["images"][0]), int(head["images"][1])
        return Checkpoint(head["settings"], str(head["source"]), str(head["data"]), images, head["epochs"], state)
    except CheckpointError:
        raise
    except FileNotFoundError:
        raise CheckpointError("There is no interrupted run to go on with.") from None
    except (OSError, ValueError, KeyError, TypeError, IndexError, EOFError, zipfile.BadZipFile) as error:
        raise CheckpointError("The interrupted run cannot be read any more, so it cannot go on.") from error
