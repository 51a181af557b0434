"""The folder in which runs are kept, each in a file of its own."""

import contextlib
import os
from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from PySide6.QtCore import QLockFile

from explorer.core.training.checkpoint import CheckpointError, load_checkpoint, rename_run
from explorer.core.training.run_record import RunRecord

MAX_RUNS = 10
"""Runs that are kept: the latest."""

MAX_BYTES = 200_000_000
"""Size of all files together at most."""

SUFFIX = ".run"
LOCK_SUFFIX = ".lock"
DAMAGED_SUFFIX = ".damaged"


@dataclass(frozen=True)
class KeptRun:
    """A file with its record."""

    path: Path
    record: RunRecord


class RunStore:
    """Files of runs. There is no index: the files are all that is known, so several windows can share the folder.

    A run that is being trained is locked by its window; the lock of a window that was killed counts for nothing.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._locks: dict[Path, QLockFile] = {}

    def new_path(self) -> Path:
        """Return a path that no run has; names sort by time."""
        stamp = datetime.now(UTC).strftime("%Y%m%d-%H%M%S-%f")
        return self.folder / f"{stamp}-{os.getpid()}{SUFFIX}"

    def load(self) -> tuple[list[KeptRun], list[Path]]:
        """Return all runs that no other window trains, and the new names of damaged files, which are put aside."""
        self._delete_unfinished_files()
        runs, damaged = [], []
        for path in self._paths():
            try:
                record = load_checkpoint(path, record_only=True).record
            except CheckpointError:
                damaged.append(self._put_aside(path))
                continue
            if record.status != "running" or self._is_free(path):
                runs.append(KeptRun(path, record))
        return runs, [path for path in damaged if path is not None]

    def lock(self, path: Path) -> bool:
        """Lock a run that is going to be trained; return False if another window trains it."""
        if path in self._locks:
            return True
        with contextlib.suppress(OSError):
            self.folder.mkdir(parents=True, exist_ok=True)
        lock = _lock_file(path)
        if not lock.tryLock(0) and lock.error() == QLockFile.LockError.LockFailedError:
            return False
        self._locks[path] = lock  # on a read-only disk there are no locks, and nothing that needs them
        return True

    def unlock(self, path: Path) -> None:
        """Unlock a run whose training has ended."""
        if (lock := self._locks.pop(path, None)) is not None:
            lock.unlock()

    def rename(self, path: Path, name: str) -> None:
        """Write the name that the user gave into the file of a run; without an effect where that is not possible."""
        with contextlib.suppress(OSError, CheckpointError):
            rename_run(path, name)

    def delete(self, path: Path) -> None:
        """Delete the file of a run."""
        self.unlock(path)
        with contextlib.suppress(OSError):
            path.unlink(missing_ok=True)

    def prune(self, in_use: Collection[Path] = ()) -> list[Path]:
        """Delete the oldest runs beyond `MAX_RUNS` and `MAX_BYTES`, apart from those ``in_use``; return their paths."""
        deleted, count, size = [], 0, 0
        for path in reversed(self._paths()):
            count, size = count + 1, size + _size(path)
            if (count > MAX_RUNS or size > MAX_BYTES) and path not in in_use and self._is_free(path):
                size -= _size(path)
                count -= 1
                self.delete(path)
                deleted.append(path)
        return deleted

    def clear(self, in_use: Collection[Path] = ()) -> None:
        """Delete all runs that no window trains, apart from those ``in_use``, and damaged files."""
        for path in self._paths():
            if path not in in_use and self._is_free(path):
                self.delete(path)
        with contextlib.suppress(OSError):
            for path in self.folder.glob(f"*{DAMAGED_SUFFIX}"):
                path.unlink()

    def usage(self) -> tuple[int, int]:
        """Return the number of kept runs and the size of their files in bytes."""
        sizes = [_size(path) for path in self._paths()]
        return len(sizes), sum(sizes)

    def _paths(self) -> list[Path]:
        """Return the files of all runs, the oldest first."""
        try:
            return sorted(path for path in self.folder.glob(f"[!.]*{SUFFIX}") if path.is_file())
        except OSError:
            return []

    def _delete_unfinished_files(self) -> None:
        """Delete what was being written when a program was killed."""
        with contextlib.suppress(OSError):
            for part in self.folder.glob(f".*.part{SUFFIX}"):
                if self._is_free(part.with_name(part.name.removeprefix(".").replace(".part", ""))):
                    part.unlink()

    def _is_free(self, path: Path) -> bool:
        """Whether no other window trains a run."""
        if path in self._locks:
            return True
        lock = _lock_file(path)
        is_free = lock.tryLock(0) or lock.error() != QLockFile.LockError.LockFailedError
        lock.unlock()
        return is_free

    def _put_aside(self, path: Path) -> Path | None:
        target = path.with_suffix(DAMAGED_SUFFIX)
        try:
            path.replace(target)
        except OSError:
            return None
        return target


def _lock_file(path: Path) -> QLockFile:
    lock = QLockFile(str(path.with_suffix(LOCK_SUFFIX)))
    lock.setStaleLockTime(0)  # never by age: only the end of its process makes a lock stale
    return lock


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0
