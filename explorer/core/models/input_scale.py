"""The scale of the pixels that a network is fed."""

from enum import StrEnum


class InputScale(StrEnum):
    """What a pixel from 0 to 255 becomes before it enters a network."""

    UNIT = "unit"
    """Pixels are divided by 255."""
    OWN = "own"
    """Pixels stay from 0 to 255, because the network scales them by itself."""
    RAW = "raw"
    """Pixels stay from 0 to 255, because the user chose so."""

    @property
    def factor(self) -> float:
        """Number with which a pixel from 0 to 255 is divided."""
        return 255.0 if self is InputScale.UNIT else 1.0
