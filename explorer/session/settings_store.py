"""The user's settings, in a file or in memory."""

import contextlib
import json
from pathlib import Path
from typing import Any

import platformdirs
from PySide6.QtCore import QObject, Signal

from explorer.core.atomic_write import atomic_write
from explorer.core.settings import SETTINGS


class SettingsStore(QObject):
    """Values of `core.settings.SETTINGS`. path: their file, None to keep them in memory only."""

    changed = Signal(str, object)

    def __init__(self, path: Path | None, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._path = path
        self._values: dict[str, Any] = {}
        self._overridden: dict[str, Any] = {}
        if path is not None:
            # The program starts with any file: a missing, truncated or foreign one is ignored.
            with contextlib.suppress(OSError, ValueError):
                found = json.loads(path.read_text(encoding="utf-8"))
                if isinstance(found, dict):
                    self._values = found

    @classmethod
    def of_user(cls) -> "SettingsStore":
        """Return the store in the configuration folder of the system."""
        return cls(Path(platformdirs.user_config_dir("autodiff-explorer")) / "settings.json")

    @property
    def folder(self) -> Path | None:
        """The folder of the settings file, None if settings are kept in memory only."""
        return None if self._path is None else self._path.parent

    def get(self, key: str) -> Any:
        """Return a valid value. Raises KeyError for a key that is not declared."""
        setting = SETTINGS[key]
        return setting.validated(self._overridden.get(key, self._values.get(key, setting.default)))

    def set(self, key: str, value: Any) -> None:
        """Change a setting and save it; `changed` is emitted if the value differs."""
        before, saved = self.get(key), self._values.get(key, SETTINGS[key].default)
        self._overridden.pop(key, None)
        self._values[key] = SETTINGS[key].validated(value)
        if self._values[key] != saved:  # what overrode it may have been the same
            self._save()
        if self._values[key] != before:
            self.changed.emit(key, self._values[key])

    def override(self, key: str, value: Any) -> None:
        """Change a setting until the end of the program, without saving it, as options of the command line do."""
        before = self.get(key)
        self._overridden[key] = SETTINGS[key].validated(value)
        if self._overridden[key] != before:
            self.changed.emit(key, self._overridden[key])

    def release(self, key: str) -> None:
        """Return an overridden setting to the user's value."""
        before = self.get(key)
        self._overridden.pop(key, None)
        if self.get(key) != before:
            self.changed.emit(key, self.get(key))

    def _save(self) -> None:
        if self._path is None:
            return
        # On a full or read-only disk the settings are lost, but the lecture goes on.
        with contextlib.suppress(OSError):
            self._path.parent.mkdir(parents=True, exist_ok=True)
            with atomic_write(self._path) as part:
                part.write_text(json.dumps(self._values, indent=1), encoding="utf-8")
