"""The expression that is explored, its step and its values."""
