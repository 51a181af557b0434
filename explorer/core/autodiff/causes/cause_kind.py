"""The kinds of causes, as the field ``kind`` of the JSON of ``explain`` has them; the README says when each applies."""

from enum import StrEnum


class CauseKind(StrEnum):
    """Why a value or a gradient is 0, missing, infinite or not a number, or TensorFlow chose a derivative."""

    DOMAIN = "domain"
    INDETERMINATE = "indeterminate"
    POLE = "pole"
    OVERFLOW = "overflow"
    UNDERFLOW = "underflow"
    KINK = "kink"
    SATURATED = "saturated"
    NOT_SELECTED = "not selected"
    DEAD = "dead"
    STATIONARY = "stationary"
    ZERO_FACTOR = "zero factor"
    CANCELS = "cancels"
    STEP_FUNCTION = "step function"
    STOPPED = "stopped"
    NO_PATH = "no path"
    PRECISION = "precision"
