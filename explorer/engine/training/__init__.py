"""Training in compiled chunks."""
