"""The only room that imports TensorFlow. No Qt.

TensorFlow reads these environment variables when it is imported. They are set here because this package is always
imported before.
"""

import os

for _name, _value in {
    "TF_CPP_MIN_LOG_LEVEL": "3",
    "TF_FORCE_GPU_ALLOW_GROWTH": "true",
    # oneDNN's convolutions and pools: by default TensorFlow uses them on recent processors only, but without AVX-512 a
    # CNN trains 1.6 times faster with them too.
    "TF_ENABLE_ONEDNN_OPTS": "1",
}.items():
    os.environ.setdefault(_name, _value)
