"""A lesson as text again: what "Save this window as a scene" writes. `core.lesson` reads it back as the same."""

import json
from collections.abc import Mapping
from typing import Any

from explorer.core.lessons.lesson import FORMAT, Lesson, Scene
from explorer.core.lessons.scene_keys import KEYS


def lesson_text(lesson: Lesson) -> str:
    """Return a whole lesson as text."""
    head = f"+++\nformat = {FORMAT}\ntitle = {_value(lesson.title)}\n+++\n"
    return "\n".join([head, *(scene_text(scene) for scene in lesson.scenes)])


def scene_text(scene: Scene) -> str:
    """Return one scene as text, to stand at the end of a lesson."""
    parts = [f"## {scene.title}", f"```scene\n{_table(scene.shows)}```", scene.text]
    if scene.notes:
        parts.append("\n".join(f"> {line}".rstrip() for line in scene.notes.split("\n")))
    if (exercise := scene.exercise) is not None:
        rows = [{"answer": row.answer, **({"says": row.says} if row.says else {})} for row in exercise.wrong]
        given = {"asks": exercise.asks, "variable": exercise.variable, "right": exercise.right, "wrong": rows}
        parts.append(f"```exercise\n{_table({key: value for key, value in given.items() if value})}```")
    return "\n\n".join(parts) + "\n"


def _table(table: Mapping[str, Any]) -> str:
    order = [key for key in KEYS if key in table] + [key for key in table if key not in KEYS]
    return "".join(f"{key} = {_value(table[key])}\n" for key in order)


def _value(value: Any) -> str:
    """One value in TOML, in one line."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        # JSON escapes what TOML must have escaped, but for one sign.
        return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007F")
    if isinstance(value, int | float):
        return repr(value)
    if isinstance(value, Mapping):
        return "{ " + ", ".join(f"{_key(key)} = {_value(entry)}" for key, entry in value.items()) + " }"
    return f"[{', '.join(_value(entry) for entry in value)}]"


def _key(key: str) -> str:
    return key if key.isascii() and key.replace("_", "").isalnum() else _value(key)
