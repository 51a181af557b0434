"""Sizes of running text."""

TEXT_SIZE_PX = 15.5
"""Font size of running text at scale 1."""

PRESENTED_TEXT_PX = 25
"""Font size of the same text in present mode at scale 1."""

LARGE_SCALE = 1.6
"""From this scale on fonts are large already, and present mode enlarges them less: lines of three words are hard to
read."""


def presented_text_px(scale: float) -> float:
    """Return the font size of running text in present mode."""
    return max(PRESENTED_TEXT_PX * min(scale, LARGE_SCALE), TEXT_SIZE_PX * scale)
