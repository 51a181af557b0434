"""The peer: Keras's own `model.fit`, without a window. Answers each line of standard input with a line of JSON.

``speed NAME BATCH EPOCHS``: seconds of each epoch. ``accuracy NAME BATCH EPOCHS SEED``: accuracy on the test images.
"""

import json
import sys
import time

import keras
import numpy as np

from explorer.core.data.sources import load_data
from explorer.core.training.settings import run_settings
from explorer.engine.models.build import build_network


class Clock(keras.callbacks.Callback):
    def __init__(self):
        super().__init__()
        self.seconds = []

    def on_epoch_begin(self, epoch, logs=None):
        self.begin = time.perf_counter()

    def on_epoch_end(self, epoch, logs=None):
        self.seconds.append(time.perf_counter() - self.begin)


def main() -> None:
    data = load_data(sys.argv[1])
    x, y = data.x_train / np.float32(255), data.y_train
    x_test, y_test = data.x_validation / np.float32(255), data.y_validation
    models: dict[tuple[str, int, int], keras.Model] = {}
    for line in sys.stdin:
        what, name, batch, epochs, *rest = line.split()
        seed = int(rest[0]) if rest else 1
        model = models.get((name, int(batch), seed))
        if model is None:
            model = build_network(run_settings(model=name, seed=seed))
            model.compile(keras.optimizers.Adam(0.001), "sparse_categorical_crossentropy", metrics=["accuracy"])
            if what == "speed":
                model.fit(x[: 20 * int(batch)], y[: 20 * int(batch)], batch_size=int(batch), verbose=0)  # compiles
                models[name, int(batch), seed] = model
        clock = Clock()
        model.fit(x, y, batch_size=int(batch), epochs=int(epochs), verbose=0, callbacks=[clock])
        answer = {"seconds": clock.seconds}
        if what == "accuracy":
            answer["accuracy"] = float(model.evaluate(x_test, y_test, verbose=0)[1])
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
