"""Writes lessons as text, as for "Save this window as a scene"; `core.lessons.lesson` reads the same lesson back."""

import json
from collections.abc import Mapping
from typing import Any

from explorer.core.lessons.lesson import FORMAT_VERSION, Lesson, Scene
from explorer.core.lessons.scene_keys import SCENE_KEYS


def lesson_text(lesson: Lesson) -> str:
    """Return a lesson as text."""
    head = f"+++\nformat = {FORMAT_VERSION}\ntitle = {_value(lesson.title)}\n+++\n"
    return "\n".join([head, *(scene_text(scene) for scene in lesson.scenes)])


def scene_text(scene: Scene) -> str:
    """Return a scene as text, to be appended to a lesson."""
    parts = [f"## {scene.title}", f"```scene\n{_table(scene.view_keys)}```", scene.text]
    if scene.notes:
        parts.append("\n".join(f"> {line}".rstrip() for line in scene.notes.split("\n")))
    if (exercise := scene.exercise) is not None:
        wrong = [
            {"answer": mistake.answer, **({"says": mistake.message} if mistake.message else {})}
            for mistake in exercise.foreseen_mistakes
        ]
        table: dict[str, Any] = {
            "asks": exercise.kind,
            "variable": exercise.variable,
            "fixed": exercise.fixed,
            "right": exercise.solution,
            "wrong": wrong,
        }
        parts.append(f"```exercise\n{_table({key: value for key, value in table.items() if value})}```")
    return "\n\n".join(parts) + "\n"


def _table(table: Mapping[str, Any]) -> str:
    order = [key for key in SCENE_KEYS if key in table] + [key for key in table if key not in SCENE_KEYS]
    return "".join(f"{key} = {_value(table[key])}\n" for key in order)


def _value(value: Any) -> str:
    """Return a value as TOML in one line."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        # JSON escapes all characters that TOML must have escaped but one.
        return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007F")
    if isinstance(value, int | float):
        return repr(value)
    if isinstance(value, Mapping):
        return "{ " + ", ".join(f"{_key(key)} = {_value(entry)}" for key, entry in value.items()) + " }"
    return f"[{', '.join(_value(entry) for entry in value)}]"


def _key(key: str) -> str:
    return key if key.isascii() and key.replace("_", "").isalnum() else _value(key)
