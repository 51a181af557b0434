"""The check of lessons: everything that a scene shows is computed once."""
