"""A local web server that works or misbehaves, to test downloads."""

import hashlib
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import ClassVar

from explorer.core.data.sources import RemoteFile, Source

SLOW_PREFIX_BYTES = 1 << 12
"""Bytes that a slow server sends before it waits."""


class FileServer:
    """Serves ``files`` (name to content) at ``address``.

    ``requested`` lists the names of the requested files. ``behaviour`` is one of

    - ``good``
    - ``slow``: sends `SLOW_PREFIX_BYTES`, then waits for `resume`
    - ``cut``: closes the connection in the middle of the file
    - ``missing``: answers with status 404
    - ``endless``: sends the file 1,000 times, without a length
    """

    def __init__(self, files):
        self.files = files
        self.behaviour = "good"
        self.requested = []
        self._resume = threading.Event()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (_Handler,), {"owner": self}))
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02})
        self._thread.start()

    @property
    def address(self):
        return f"http://127.0.0.1:{self._server.server_address[1]}/"

    def source(self, folder="datasets", key="mnist", digests=None):
        """Return a data source whose files are on this server."""
        files = tuple(
            RemoteFile(name, (digests or {}).get(name) or hashlib.sha256(content).hexdigest(), len(content))
            for name, content in self.files.items()
        )
        return Source(key, "MNIST", folder, files, base_url=self.address)

    def reset(self):
        """Resume waiting requests, then behave well and forget which files were requested."""
        self._resume.set()
        self._resume = threading.Event()
        self.behaviour = "good"
        self.requested.clear()

    def resume(self):
        """Let a slow server send the rest."""
        self._resume.set()

    def wait(self):
        self._resume.wait(120)

    def close(self):
        self._resume.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


class _Handler(BaseHTTPRequestHandler):
    owner: ClassVar[FileServer]

    def do_GET(self):
        name = self.path.removeprefix("/")
        owner = self.owner
        owner.requested.append(name)
        if owner.behaviour == "missing" or name not in owner.files:
            self.send_error(404)
            return
        content = owner.files[name]
        self.send_response(200)
        if owner.behaviour != "endless":
            self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        try:
            if owner.behaviour == "slow":
                self.wfile.write(content[:SLOW_PREFIX_BYTES])
                owner.wait()
                self.wfile.write(content[SLOW_PREFIX_BYTES:])
            elif owner.behaviour == "cut":
                self.wfile.write(content[: len(content) // 2])
            elif owner.behaviour == "endless":
                for _ in range(1000):
                    self.wfile.write(content)
            else:
                self.wfile.write(content)
        except OSError:
            self.close_connection = True  # the client has closed the connection

    def log_message(self, *_):
        """Log nothing."""
