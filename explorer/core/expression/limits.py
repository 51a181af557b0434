"""Limits on the size of a text; texts that the program itself writes keep to them too."""

MAX_LENGTH = 5_000
"""Characters in a text."""

MAX_TOKENS = 2_000
"""Names, numbers and operator signs in a text."""

MAX_NESTING = 60
"""Depth of nested parentheses, brackets and bars."""

MAX_OPS = 400
"""Operations in a text that is drawn."""

MAX_FORMULA_OPS = 1_000
"""Operations in a text that is only explained, and in formulas, so that a formula in an answer can be sent back."""

MAX_VARIABLES = 200
"""Variables in a text: each is a node and a row of the inputs panel."""

MAX_DEPTH = 200
"""Depth of nested operations; recursive functions on trees rely on it."""
