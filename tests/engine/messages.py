"""What a message for users has to be."""


def assert_is_sentence(message: str) -> None:
    """Fail unless a message is one line that ends as a sentence does, and nothing of Python's."""
    assert message.rstrip()[-1] in ".?"
    assert "Traceback" not in message
    assert "\n" not in message
