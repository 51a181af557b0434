"""Sessions of TensorFlow 1 for small graphs."""

from collections.abc import Callable, Sequence
from typing import Any

import tensorflow as tf

from explorer.core.errors import ExpressionError

tf1 = tf.compat.v1


def session_config() -> Any:
    """Return a `ConfigProto` for small graphs that run once: optimizing them would take longer than it saves."""
    config = tf1.ConfigProto(inter_op_parallelism_threads=-1, allow_soft_placement=True)
    # A process has one thread pool for work within an op, whose size is set by the first session that computes.
    config.intra_op_parallelism_threads = tf.config.threading.get_intra_op_parallelism_threads()
    config.graph_options.optimizer_options.opt_level = -1
    config.graph_options.rewrite_options.disable_meta_optimizer = True
    config.gpu_options.allow_growth = True
    return config


def call_session(run: Callable[..., Sequence[Any]], values: Sequence[Any]) -> list[Any]:
    """Call ``run``, which runs a session; raises ExpressionError with the first line of TensorFlow's message."""
    try:
        return list(run(*values))
    except tf.errors.OpError as error:
        raise ExpressionError(f"TensorFlow could not compute this: {error.message.splitlines()[0]}") from error
