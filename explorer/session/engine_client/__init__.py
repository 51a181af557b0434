"""The window's end of the connection to the engine."""
