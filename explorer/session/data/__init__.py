"""The data set in use, and its download."""
