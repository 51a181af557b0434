"""Font families of a graph, and how wide a text is."""

from typing import Protocol, TypeAlias

SANS_FAMILY, MATH_FAMILY = "Inter", "STIXGeneral"
"""Font families of a graph."""

Size: TypeAlias = tuple[float, float]
"""Width and height in pixels at scale 1."""


class Measure(Protocol):
    """Returns the width of a text in pixels at scale 1."""

    def __call__(  # noqa: D102  # documented by the class
        self, family: str, pixels: float, text: str, *, bold: bool = False, italic: bool = False
    ) -> float: ...

    def __hash__(self) -> int: ...  # sizes of texts are cached by measure
