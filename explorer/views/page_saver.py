"""Writes the backward pass as a page of HTML, in a thread: typesetting all its formulas takes longer than a frame."""

import threading
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from explorer.core.files import written_whole
from explorer.core.trace import Trace, Values
from explorer.session.page import PageOptions, page


class PageSaver(QObject):
    """told: what became of it, in a sentence."""

    told = Signal(str)

    def save(self, path: str, trace: Trace, values: Values, options: PageOptions) -> None:
        """Write the page to ``path``, whole or not at all; `told` follows."""
        work = (path, trace, dict(values), options)
        threading.Thread(target=self._work, args=work, name="page", daemon=True).start()

    def _work(self, path: str, trace: Trace, values: Values, options: PageOptions) -> None:
        try:
            text = page(trace, values, options)
            with written_whole(Path(path)) as part:
                part.write_text(text, encoding="utf-8")
        except OSError as error:
            told = f"Not saved: {path} cannot be written: {error.strerror or error}"
        else:
            told = f"Saved: {path}"
        try:
            self.told.emit(told)
        except RuntimeError:
            return  # the window was closed meanwhile
