"""Autodiff Explorer: watch TensorFlow differentiate, on TensorFlow's own graph."""

from typing import Any

__all__ = ["show"]


def __getattr__(name: str) -> Any:
    """Bring `show` when it is asked for: commands need not import it."""
    if name == "show":
        from explorer.notebook import show

        return show
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
