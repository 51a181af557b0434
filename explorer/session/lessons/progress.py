"""How far each lesson was followed: the scene at which it was left, and whether it is done."""

from typing import Any

from explorer.core.lessons.lesson import Lesson
from explorer.session.settings_store import SettingsStore

MAX_PROGRESS_ENTRIES = 200
"""Lessons whose progress is saved, the latest ones."""

NEW, PARTLY, DONE = "new", "partly", "done"
"""Marks of a lesson. It is done when its last scene was reached and all its exercises were answered."""


class LessonProgress:
    """Keeps the progress in the settings ``lessons`` and ``lesson_marks``, by the key of a lesson."""

    def __init__(self, store: SettingsStore) -> None:
        self._store = store

    def scene(self, key: str) -> int:
        """Return the index of the scene at which a lesson was left, -1 if it was never opened."""
        index = self._store.get("lessons").get(key, -1)
        return index if isinstance(index, int) and not isinstance(index, bool) else -1

    def mark(self, key: str) -> str:
        """Return `NEW`, `PARTLY` or `DONE`."""
        entry = self._entry(key)
        if entry.get("end") is True and self.open_exercises(key) == 0:
            return DONE
        return PARTLY if self.scene(key) >= 0 else NEW

    def open_exercises(self, key: str) -> int:
        """Return how many exercises of a lesson whose end was reached are not answered; 0 before its end."""
        count = self._entry(key).get("open", 0)
        return count if isinstance(count, int) else 0

    def record_scene(self, lesson: Lesson, scene: int) -> None:
        """Record the scene that is open."""
        self._save("lessons", lesson.key, scene)
        if scene == len(lesson.scenes) - 1:
            self._record(lesson, end=True)

    def record_answer(self, lesson: Lesson, scene: int) -> bool:
        """Record that the exercise of a scene was answered, and return whether it was not before."""
        answered = self._answered(lesson)
        if scene in answered:
            return False
        self._record(lesson, answered=[*answered, scene])
        return True

    def _record(self, lesson: Lesson, **changes: Any) -> None:
        entry = {"end": False, "answered": self._answered(lesson), **self._entry(lesson.key), **changes}
        exercises = {index for index, scene in enumerate(lesson.scenes) if scene.exercise is not None}
        entry["open"] = len(exercises - set(entry["answered"])) if entry["end"] else 0
        self._save("lesson_marks", lesson.key, entry)

    def _answered(self, lesson: Lesson) -> list[int]:
        answered = self._entry(lesson.key).get("answered", [])
        return [index for index in answered if isinstance(index, int)] if isinstance(answered, list) else []

    def _entry(self, key: str) -> dict[str, Any]:
        entry = self._store.get("lesson_marks").get(key)
        return entry if isinstance(entry, dict) else {}

    def _save(self, setting: str, key: str, value: Any) -> None:
        others = {other: kept for other, kept in self._store.get(setting).items() if other != key}
        self._store.set(setting, {**dict(list(others.items())[-MAX_PROGRESS_ENTRIES:]), key: value})
