"""The devices on which TensorFlow computes."""

from functools import cache
from typing import Any

import tensorflow as tf


@cache
def devices() -> tuple[str, ...]:
    """Return the devices in plain words, those used first in front: ``GPU: NVIDIA T4``, ``CPU``."""
    names = []
    for gpu in tf.config.list_physical_devices("GPU"):
        try:
            # Without growth TensorFlow takes the card's entire memory at once, and the lecturer's other programs fail.
            tf.config.experimental.set_memory_growth(gpu, True)
            details = tf.config.experimental.get_device_details(gpu)
            names.append(f"GPU: {details.get('device_name', gpu.name)}")
        except (RuntimeError, ValueError):
            names.append("GPU")
    return (*names, "CPU")


def device_of(op: Any) -> str:
    """Return where ``op`` runs: its placement, else the only device, else "" where TensorFlow chooses."""
    if op.device:
        return str(op.device)
    return "CPU:0" if len(devices()) == 1 else ""
