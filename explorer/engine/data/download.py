"""Downloads the files that Keras would download, into Keras's own cache, with progress and cancellation.

`keras.utils.get_file` reports no progress to its caller, cannot be cancelled, and writes to the file's final place.
Here a file is written beside that place, its length and checksum are compared, and then it is renamed, so that no
partial file ever stands in the cache.
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

BLOCK_SIZE_BYTES = 1 << 16
"""Read at a time, from the network and from files."""

TIMEOUT_S = 20.0
"""Without a byte for this long, the connection counts as lost."""

STALE_PART_S = 600.0
"""A partial file not written to for this long is removed: its program was killed."""

ProgressCallback = Callable[[int, int], None]
"""Called with the bytes received so far and the total."""


class CancelledError(Exception):
    """The download was cancelled."""


class Download:
    """One download of a source. ``on_progress`` is called in the thread that calls `run`."""

    def __init__(self, source: Source, on_progress: ProgressCallback) -> None:
        self.source = source
        self._on_progress = on_progress
        self._cancelled = threading.Event()
        self._part: Path | None = None
        self._received = 0

    def run(self) -> None:
        """Download every missing file. Raises DataError with a message for the user, or CancelledError."""
        self._on_progress(0, self.source.size)
        for file in self.source.files:
            if not (
                self.source.cache_path(file).is_file() and _digest(self.source.cache_path(file), file) == file.digest
            ):
                self._download(file)
            else:
                self._received += file.size
            self._on_progress(self._received, self.source.size)

    def cancel(self) -> None:
        """Cancel; the partial file is removed at once, but a silent network may hold the thread until its time-out."""
        self._cancelled.set()
        self._remove_part()

    def _download(self, file: RemoteFile) -> None:
        target = self.source.cache_path(file)
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            _remove_stale_parts(target)
            handle, name = tempfile.mkstemp(dir=target.parent, prefix=f".{file.name}.", suffix=".part")
        except OSError as error:
            raise DataError(f"{self.source.title} cannot be kept in {target.parent}: {error.strerror}.") from error
        self._part = Path(name)
        try:
            digest = self._receive(file, handle)
            if digest != file.digest:
                raise DataError(
                    f"The downloaded file is not {self.source.title} as published (its checksum differs), "
                    "so it was deleted."
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
        """Write the response to ``handle`` and return its digest."""
        hasher, received, begin = _hasher(file), 0, self._received
        with os.fdopen(handle, "wb") as part, self._open(file) as response:
            while block := self._read(response):
                received += len(block)
                if received > file.size:
                    raise DataError(f"More came than {self.source.title} has, so it was thrown away.")
                part.write(block)
                hasher.update(block)
                self._received = begin + received
                self._on_progress(self._received, self.source.size)
        if received < file.size:
            raise DataError(self._ended_early_message())
        return hasher.hexdigest()

    def _open(self, file: RemoteFile) -> http.client.HTTPResponse:
        self._check_cancelled()
        address = self.source.base_url + file.name
        host = urlsplit(address).hostname
        try:
            response: http.client.HTTPResponse = urllib.request.urlopen(address, timeout=TIMEOUT_S)
        except urllib.error.HTTPError as error:
            error.close()
            raise DataError(
                f"{self.source.title} could not be downloaded: {host} answered {error.code} ({error.reason})."
            ) from error
        except (OSError, http.client.HTTPException, ValueError) as error:
            raise DataError(
                f"{self.source.title} could not be downloaded: {host} cannot be reached. Is there a network?"
            ) from error
        return response

    def _read(self, response: http.client.HTTPResponse) -> bytes:
        self._check_cancelled()
        try:
            # read1 returns what has arrived: on a slow network neither progress nor cancelling waits for a full block.
            block = response.read1(BLOCK_SIZE_BYTES)
        except (OSError, http.client.HTTPException) as error:
            raise DataError(self._ended_early_message()) from error
        self._check_cancelled()
        return block

    def _ended_early_message(self) -> str:
        amount = f"{self._received / 1e6:.1f} of {self.source.size / 1e6:.1f} MB"
        return f"The download of {self.source.title} ended early, after {amount}; nothing of it was kept."

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
        while block := opened.read(BLOCK_SIZE_BYTES):
            hasher.update(block)
    return hasher.hexdigest()


def _remove_stale_parts(target: Path) -> None:
    for part in target.parent.glob(f".{target.name}.*.part"):
        with contextlib.suppress(OSError):
            if time.time() - part.stat().st_mtime > STALE_PART_S:
                part.unlink()
