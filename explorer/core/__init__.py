"""What things are: expressions, ops and their rules, traces, steps, settings, messages. No Qt, no TensorFlow."""
