"""The training run and the runs before it."""
