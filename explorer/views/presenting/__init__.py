"""Present mode and the speaker's window."""
