"""General widgets, which know nothing of the program's features."""
