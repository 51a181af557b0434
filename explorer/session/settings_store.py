"""The user's settings on disk, or nowhere."""

import contextlib
import json
from pathlib import Path
from typing import Any

import platformdirs
from PySide6.QtCore import QObject, Signal

from explorer.core.atomic_write import atomic_write
from explorer.core.settings import SETTINGS


class SettingsStore(QObject):
    """Values of `core.settings.SETTINGS`; ``path`` None keeps them in memory alone."""

    changed = Signal(str, object)

    def __init__(self, path: Path | None, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._path = path
        self._values: dict[str, Any] = {}
        self._overridden: dict[str, Any] = {}
        if path is not None:
            # A file that is missing, cut off or foreign is no reason not to start.
            with contextlib.suppress(OSError, ValueError):
                found = json.loads(path.read_text(encoding="utf-8"))
                if isinstance(found, dict):
                    self._values = found

    @classmethod
    def of_user(cls) -> "SettingsStore":
        """Return the store in the place that the system keeps for it."""
        return cls(Path(platformdirs.user_config_dir("autodiff-explorer")) / "settings.json")

    @property
    def folder(self) -> Path | None:
        """Where the user's settings lie; None: they are kept in memory alone."""
        return None if self._path is None else self._path.parent

    def get(self, key: str) -> Any:
        """Return an allowed value; raises KeyError for a key that is not declared."""
        setting = SETTINGS[key]
        return setting.validated(self._overridden.get(key, self._values.get(key, setting.default)))

    def set(self, key: str, value: Any) -> None:
        """Change a setting and keep it; emits on real change."""
        before = self.get(key)
        self._overridden.pop(key, None)
        self._values[key] = SETTINGS[key].validated(value)
        if self._values[key] != before:
            self._save()
            self.changed.emit(key, self._values[key])

    def override(self, key: str, value: Any) -> None:
        """Change a setting for this run alone, as an option of the command line does."""
        before = self.get(key)
        self._overridden[key] = SETTINGS[key].validated(value)
        if self._overridden[key] != before:
            self.changed.emit(key, self._overridden[key])

    def release(self, key: str) -> None:
        """Let a setting be the user's again."""
        before = self.get(key)
        self._overridden.pop(key, None)
        if self.get(key) != before:
            self.changed.emit(key, self.get(key))

    def _save(self) -> None:
        if self._path is None:
            return
        # A full or read-only disk costs the settings, never the lecture.
        with contextlib.suppress(OSError):
            self._path.parent.mkdir(parents=True, exist_ok=True)
            with atomic_write(self._path) as part:
                part.write_text(json.dumps(self._values, indent=1), encoding="utf-8")
