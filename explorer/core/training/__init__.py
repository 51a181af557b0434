"""Settings of a training run, and its checkpoints."""
