"""Errors that are meant to be read by the person who typed."""


class ExpressionError(ValueError):
    """Something in the typed text is wrong.

    ``message`` is one sentence that helps; ``column`` counts from 1, or is None where no place is to blame.
    """

    def __init__(self, message: str, column: int | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.column = column
