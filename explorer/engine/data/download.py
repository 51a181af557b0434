"""Fetches what Keras would fetch, into Keras's own cache, with progress and an end at any moment.

`keras.utils.get_file` can neither be asked how far it is nor be stopped, and writes to the file's final place. Here a
file is written beside, its length and checksum are compared, and then it is renamed: whole or not at all.
"""

import contextlib
import hashlib
import http.client
import os
import tempfile
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

from explorer.core.data.dataset import DataError
from explorer.core.data.sources import RemoteFile, Source

BLOCK = 1 << 16
PATIENCE = 20.0
"""Seconds without a byte after which the network is given up."""
LEFTOVER = 600.0
"""Seconds after which a part that nobody writes to any more is cleared away: its program was killed."""

Told = Callable[[int, int], None]


class CancelledError(Exception):
    """The user wants it no more."""


class Download:
    """One download of a source. ``told`` hears of bytes done and all, from the thread that calls `run`."""

    def __init__(self, source: Source, told: Told) -> None:
        self.source = source
        self._told = told
        self._cancelled = threading.Event()
        self._part: Path | None = None
        self._done = 0

    def run(self) -> None:
        """Fetch every file that is missing. Raises DataError with a sentence, or CancelledError."""
        self._told(0, self.source.size)
        for file in self.source.files:
            if not (self.source.path(file).is_file() and _digest(self.source.path(file), file) == file.digest):
                self._fetch(file)
            else:
                self._done += file.size
            self._told(self._done, self.source.size)

    def cancel(self) -> None:
        """End it; what has come so far is removed at once, though a silent network may hold the thread for longer."""
        self._cancelled.set()
        self._remove_part()

    def _fetch(self, file: RemoteFile) -> None:
        target = self.source.path(file)
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            _clear_leftovers(target)
            handle, name = tempfile.mkstemp(dir=target.parent, prefix=f".{file.name}.", suffix=".part")
        except OSError as error:
            raise DataError(f"{self.source.title} cannot be kept in {target.parent}: {error.strerror}.") from error
        self._part = Path(name)
        try:
            digest = self._receive(file, handle)
            if digest != file.digest:
                raise DataError(
                    f"What came is not {self.source.title} as it was published (its checksum is another one), "
                    "so it was thrown away."
                )
            self._check_cancelled()
            os.chmod(name, 0o644)
            os.replace(name, target)
        except OSError as error:
            self._check_cancelled()
            raise DataError(f"{self.source.title} cannot be kept in {target.parent}: {error.strerror}.") from error
        finally:
            self._remove_part()

    def _receive(self, file: RemoteFile, handle: int) -> str:
        """Write what comes; returns its digest."""
        hasher, came, begin = _hasher(file), 0, self._done
        with os.fdopen(handle, "wb") as part, self._answer(file) as answer:
            while block := self._block(answer):
                came += len(block)
                if came > file.size:
                    raise DataError(f"More came than {self.source.title} has, so it was thrown away.")
                part.write(block)
                hasher.update(block)
                self._done = begin + came
                self._told(self._done, self.source.size)
        if came < file.size:
            raise DataError(self._ended_early())
        return hasher.hexdigest()

    def _answer(self, file: RemoteFile) -> http.client.HTTPResponse:
        self._check_cancelled()
        address = self.source.address + file.name
        host = urlsplit(address).hostname
        try:
            answer: http.client.HTTPResponse = urllib.request.urlopen(address, timeout=PATIENCE)
        except urllib.error.HTTPError as error:
            error.close()
            raise DataError(
                f"{self.source.title} could not be downloaded: {host} answered {error.code} ({error.reason})."
            ) from error
        except (OSError, http.client.HTTPException, ValueError) as error:
            raise DataError(
                f"{self.source.title} could not be downloaded: {host} cannot be reached. Is there a network?"
            ) from error
        return answer

    def _block(self, answer: http.client.HTTPResponse) -> bytes:
        self._check_cancelled()
        try:
            # read1 gives what is there: a slow network must not keep progress and the wish to end waiting.
            block = answer.read1(BLOCK)
        except (OSError, http.client.HTTPException) as error:
            raise DataError(self._ended_early()) from error
        self._check_cancelled()
        return block

    def _ended_early(self) -> str:
        came = f"{self._done / 1e6:.1f} of {self.source.size / 1e6:.1f} MB"
        return f"The download of {self.source.title} ended early, after {came}; nothing of it was kept."

    def _check_cancelled(self) -> None:
        if self._cancelled.is_set():
            raise CancelledError

    def _remove_part(self) -> None:
        part = self._part
        if part is not None:
            with contextlib.suppress(OSError):
                part.unlink(missing_ok=True)


def _hasher(file: RemoteFile) -> "hashlib._Hash":
    return hashlib.sha256() if len(file.digest) == 64 else hashlib.md5(usedforsecurity=False)


def _digest(path: Path, file: RemoteFile) -> str:
    hasher = _hasher(file)
    with contextlib.suppress(OSError), path.open("rb") as opened:
        while block := opened.read(BLOCK):
            hasher.update(block)
    return hasher.hexdigest()


def _clear_leftovers(target: Path) -> None:
    for part in target.parent.glob(f".{target.name}.*.part"):
        with contextlib.suppress(OSError):
            if time.time() - part.stat().st_mtime > LEFTOVER:
                part.unlink()
