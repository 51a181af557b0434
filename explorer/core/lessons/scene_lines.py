"""Lines of a lesson's file: where a scene sets a key, and where a text stands."""

import re

from explorer.core.lessons.lesson import Lesson


class SceneLines:
    """Finds lines, counted from 1, in the source of a lesson. A scene is named by its index."""

    def __init__(self, source: str, lesson: Lesson) -> None:
        self._lines = source.replace("\r\n", "\n").replace("\r", "\n").split("\n")
        self._starts = [scene.line for scene in lesson.scenes]

    def scene_at(self, line: int) -> int:
        """Return the number of the scene, from 1, to which a line belongs; 0 for the header."""
        return sum(start <= line for start in self._starts)

    def header(self, key: str) -> int:
        """Return the line of the header that sets a key, else the first line of the file."""
        pattern = re.compile(rf"\s*[\"']?{re.escape(key)}[\"']?\s*=")
        header = self._lines[: self._starts[0] - 1] if self._starts else self._lines
        return next((number for number, line in enumerate(header, 1) if pattern.match(line)), 1)

    def title(self, scene: int) -> int:
        """Return the line of a scene's title."""
        return self._starts[scene]

    def key(self, scene: int, key: str, block: str = "scene") -> int:
        """Return the line that sets a key in a block of a scene, else the first line of the block."""
        found = self._block(scene, block)
        pattern = re.compile(rf"\s*\"?{re.escape(key)}\"?\s*[.=]")
        return next((number for number, line in found if pattern.match(line)), found[0][0])

    def answer(self, scene: int, answer: str) -> int:
        """Return the line of the exercise that has a foreseen mistake, or a part of it."""
        first = self.key(scene, "wrong", "exercise")
        found = [row for row in self._block(scene, "exercise") if row[0] >= first and answer in row[1]]
        quoted = [number for number, line in found if re.search(rf"""["']{re.escape(answer)}["']""", line)]
        return next(iter([*quoted, *(number for number, _ in found)]), first)

    def text(self, scene: int, fragment: str) -> int:
        """Return the line of a scene in which a text stands or begins."""
        first = fragment.split("\n", maxsplit=1)[0]
        return next((number for number, line in self._rows(scene) if first in line), self.title(scene))

    def _rows(self, scene: int) -> list[tuple[int, str]]:
        start = self._starts[scene]
        end = self._starts[scene + 1] - 1 if scene + 1 < len(self._starts) else len(self._lines)
        return list(enumerate(self._lines[start - 1 : end], start))

    def _block(self, scene: int, block: str) -> list[tuple[int, str]]:
        """Return the lines of a block, from its fence on; those of the scene if it has none."""
        rows = self._rows(scene)
        opening = re.compile(rf"\s*(```+|~~~+)\s*{block}\s*$")
        first = next((k for k, (_, line) in enumerate(rows) if opening.match(line)), None)
        if first is None:
            return rows
        last = next(
            (k for k in range(first + 1, len(rows)) if rows[k][1].strip().startswith(("```", "~~~"))), len(rows)
        )
        return rows[first:last]
