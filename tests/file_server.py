"""A web server on this machine that behaves, or not: what a download may meet."""

import hashlib
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import ClassVar

from explorer.core.data.sources import RemoteFile, Source

SLOW = 1 << 12
"""Bytes that come before a slow server waits."""


class FileServer:
    """Serves ``files`` (name to content) at ``address``.

    manner: ``good``; ``slow``: sends a little, then waits for `go_on`; ``cut``: ends in the middle; ``missing``: 404;
    ``endless``: sends more than it should. asked: names that were asked for.
    """

    def __init__(self, files):
        self.files = files
        self.manner = "good"
        self.asked = []
        self._go_on = threading.Event()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (_Handler,), {"owner": self}))
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02})
        self._thread.start()

    @property
    def address(self):
        return f"http://127.0.0.1:{self._server.server_address[1]}/"

    def source(self, folder="datasets", key="mnist", digests=None):
        """Return a source that is fetched from here."""
        files = tuple(
            RemoteFile(name, (digests or {}).get(name) or hashlib.sha256(content).hexdigest(), len(content))
            for name, content in self.files.items()
        )
        return Source(key, "MNIST", folder, files, base_url=self.address)

    def reset(self):
        """Be good again, and forget what was asked for; a request that waits goes on first."""
        self._go_on.set()
        self._go_on = threading.Event()
        self.manner = "good"
        self.asked.clear()

    def go_on(self):
        self._go_on.set()

    def wait(self):
        self._go_on.wait(30)

    def close(self):
        self._go_on.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


class _Handler(BaseHTTPRequestHandler):
    owner: ClassVar[FileServer]

    def do_GET(self):
        name = self.path.removeprefix("/")
        owner = self.owner
        owner.asked.append(name)
        if owner.manner == "missing" or name not in owner.files:
            self.send_error(404)
            return
        content = owner.files[name]
        self.send_response(200)
        if owner.manner != "endless":
            self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        try:
            if owner.manner == "slow":
                self.wfile.write(content[:SLOW])
                owner.wait()
                self.wfile.write(content[SLOW:])
            elif owner.manner == "cut":
                self.wfile.write(content[: len(content) // 2])
            elif owner.manner == "endless":
                for _ in range(1000):
                    self.wfile.write(content)
            else:
                self.wfile.write(content)
        except OSError:
            self.close_connection = True  # the one who asked has gone

    def log_message(self, *_):
        """Say nothing."""
