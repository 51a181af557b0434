"""The kinds of causes, as the field ``kind`` of the JSON of ``explain`` has them; the README says when each applies."""

DOMAIN, INDETERMINATE, POLE = "domain", "indeterminate", "pole"
OVERFLOW, UNDERFLOW = "overflow", "underflow"
KINK, SATURATED, NOT_SELECTED, DEAD = "kink", "saturated", "not selected", "dead"
STATIONARY, ZERO_FACTOR, CANCELS = "stationary", "zero factor", "cancels"
STEP_FUNCTION, STOPPED, NO_PATH, PRECISION = "step function", "stopped", "no path", "precision"
