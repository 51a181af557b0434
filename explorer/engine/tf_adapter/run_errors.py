"""What TensorFlow says when an op fails while it runs."""

import re

import tensorflow as tf

_NODE = re.compile(r"\[\[\{\{node ([^}]+)\}\}\]\]")
_KIND = re.compile(r"^\(\d+\)\s+[A-Z_]+:\s*")


def run_error(error: tf.errors.OpError) -> tuple[str, str]:
    """Return the reason for an error while ops ran, a line of its message, and the name of the op, "" if unknown."""
    before = ""
    for line in map(str.strip, str(error.message).splitlines()):
        node = _NODE.search(line)
        if node is not None:
            return before or type(error).__name__, node.group(1)
        before = _KIND.sub("", line) or before
    first = str(error.message).strip().partition("\n")[0]
    return first or type(error).__name__, ""
