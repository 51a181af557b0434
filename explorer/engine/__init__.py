"""The only room that imports TensorFlow. No Qt.

What TensorFlow must be told before it is imported is told here, since every way to it leads through this package.
"""

import os

for _name, _value in {
    "TF_CPP_MIN_LOG_LEVEL": "3",
    "TF_FORCE_GPU_ALLOW_GROWTH": "true",
    # oneDNN's convolutions and pools. TensorFlow takes them by itself on recent processors only; on one without AVX-512
    # a CNN learns 1.6 times faster with them.
    "TF_ENABLE_ONEDNN_OPTS": "1",
}.items():
    os.environ.setdefault(_name, _value)
