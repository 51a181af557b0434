"""The rows of the op table; see `core.ops` for what the columns mean.

Derivatives at kinks follow TensorFlow's registered gradients, so that a chain of symbols has TensorFlow's value
there too: relu is 0 at 0, abs is sign, the larger of two equals passes everything to its first argument.
"""

from explorer.core.ops.activations import ACTIVATIONS, PIECEWISE
from explorer.core.ops.elementary import ARITHMETIC, EXPONENTIAL, HYPERBOLIC, TRIGONOMETRIC
from explorer.core.ops.gradient_overrides import RULES
from explorer.core.ops.vectors import VECTORS

ROWS = ARITHMETIC + TRIGONOMETRIC + HYPERBOLIC + EXPONENTIAL + PIECEWISE + ACTIVATIONS + VECTORS + RULES
