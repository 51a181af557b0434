"""How large a text may be. What the program itself writes as a text of the language keeps to the same limits."""

MAX_LENGTH = 5_000
"""A text may have this many characters."""

MAX_TOKENS = 2_000
"""A text may have this many names, numbers and signs."""

MAX_NESTING = 60
"""Parentheses, brackets and bars may be nested this deep."""

MAX_OPS = 400
"""A text that is to be drawn may have this many operations."""

MAX_FORMULA_OPS = 1_000
"""A formula that is written, and a text that is only explained, may have this many: formulas can be given back."""

MAX_VARIABLES = 200
"""A text may have this many variables: each is a node and a row of inputs."""

MAX_DEPTH = 200
"""Operations may be nested this deep; every walk of a tree is recursive and relies on it."""
