"""The lesson that is open, and its scenes."""
