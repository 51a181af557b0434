"""Training graphs of networks: traced, opened, run for values, and profiled."""
