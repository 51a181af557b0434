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
    def divisor(self) -> float:
        """Number with which a pixel from 0 to 255 is divided."""
        return 255.0 if self is InputScale.UNIT else 1.0


def scale_text(scale: InputScale, network: str = "") -> str:
    """Return a sentence about the numbers that a network is fed; its title is "" for no network in particular."""
    name = network or "A network"
    match scale:
        case InputScale.UNIT:
            return f"{name} gets pixels divided by 255."
        case InputScale.OWN:
            return f"{name} gets pixels from 0 to 255, because its own first layers scale them."
    return f"{name} gets pixels from 0 to 255, because you chose so."
