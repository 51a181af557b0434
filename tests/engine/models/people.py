"""Keras models as people have them: each a function that builds and compiles one, small and untrained.

A model is saved and opened by the test itself. `DIFFERS_IN_TRAINING` names those whose loss is another one in training,
because of dropout.
"""

import warnings

import keras
import numpy as np

L = keras.layers
LOSSES = keras.losses


def sequential(name, loss, *layers, **options):
    model = keras.Sequential(list(layers), name=name)
    model.compile("adam", loss=loss, **options)
    return model


def functional(name, loss, inputs, outputs, **options):
    model = keras.Model(inputs, outputs, name=name)
    model.compile("adam", loss=loss, **options)
    return model


def dense():
    return L.Dense(12, activation="relu")


def ten():
    return L.Dense(10, activation="softmax")


def quickstart(dropout=0.2):
    loss = LOSSES.SparseCategoricalCrossentropy(from_logits=True)
    return sequential("quickstart", loss, L.Input((28, 28)), L.Flatten(), dense(), L.Dropout(dropout), L.Dense(10))


def rescaling():
    layers = L.Input((28, 28, 1)), L.Rescaling(1 / 255), L.Conv2D(3, 3, activation="relu"), L.Flatten(), ten()
    return sequential("rescaling", "sparse_categorical_crossentropy", *layers)


def even():
    layers = L.Input((28, 28)), L.Flatten(), dense(), L.Dense(1, activation="sigmoid")
    return sequential("even", "binary_crossentropy", *layers)


def even_from_logits():
    layers = L.Input((28, 28)), L.Flatten(), dense(), L.Dense(1)
    return sequential("even_logits", LOSSES.BinaryCrossentropy(from_logits=True, label_smoothing=0.1), *layers)


def five():
    layers = L.Input((28, 28)), L.Flatten(), dense(), L.Dense(5, activation="softmax")
    return sequential("five", "sparse_categorical_crossentropy", *layers)


def autoencoder():
    layers = L.Input((28, 28)), L.Flatten(), dense(), L.Dense(784, activation="sigmoid"), L.Reshape((28, 28))
    return sequential("autoencoder", "mse", *layers)


def colour():
    layers = L.Input((32, 32, 3)), L.Conv2D(4, 3, activation="relu"), L.GlobalAveragePooling2D(), ten()
    return sequential("colour", "sparse_categorical_crossentropy", *layers)


def skip():
    image = L.Input((28, 28, 1))
    a = L.Conv2D(4, 3, padding="same", activation="relu")(image)
    b = L.Add()([a, L.Conv2D(4, 3, padding="same")(a)])
    return functional("skip", "sparse_categorical_crossentropy", image, ten()(L.GlobalAveragePooling2D()(L.ReLU()(b))))


def transformer(dropout=0.1):
    i = L.Input((12, 16))
    x = L.LayerNormalization()(L.Add()([i, L.MultiHeadAttention(2, 4, dropout=dropout)(i, i)]))
    x = L.LayerNormalization()(L.Add()([x, L.Dense(16)(L.Dense(32, activation="gelu")(x))]))
    output = L.Dense(4, activation="softmax")(L.GlobalAveragePooling1D()(x))
    return functional("transformer", "sparse_categorical_crossentropy", i, output)


def lstm():
    return sequential("lstm", "sparse_categorical_crossentropy", L.Input((28, 28)), L.LSTM(6), ten())


def unrolled():
    layers = L.Input((10, 6)), L.LSTM(4, unroll=True), L.Dense(3, activation="softmax")
    return sequential("unrolled", "sparse_categorical_crossentropy", *layers)


def words():
    layers = L.Input((20,), dtype="int32"), L.Embedding(50, 8), L.LSTM(4), L.Dense(3, activation="softmax")
    return sequential("words", "sparse_categorical_crossentropy", *layers)


def masked_tags():
    """A class for each word; words that are 0 do not count."""
    layers = L.Input((9,)), L.Embedding(30, 4, mask_zero=True), L.LSTM(4, return_sequences=True), L.Dense(6, "softmax")
    return sequential("masked_tags", "sparse_categorical_crossentropy", *layers)


def any_length():
    layers = L.Input((None,), dtype="int32"), L.Embedding(50, 8), L.LSTM(4), L.Dense(2, activation="softmax")
    return sequential("any_length", "sparse_categorical_crossentropy", *layers)


def two_inputs():
    image, hint = L.Input((28, 28), name="image"), L.Input((10,), name="hint")
    output = ten()(L.Concatenate()([L.Flatten()(image), hint]))
    return functional("two_inputs", "sparse_categorical_crossentropy", [image, hint], output)


def inputs_by_name():
    inputs = {"wide": L.Input((4,), name="wide"), "deep": L.Input((6,), name="deep")}
    output = L.Dense(1)(L.Concatenate()([inputs["wide"], dense()(inputs["deep"])]))
    return functional("inputs_by_name", "mae", inputs, output)


def two_outputs():
    i = L.Input((28, 28))
    h = dense()(L.Flatten()(i))
    outputs = {
        "digit": L.Dense(10, activation="softmax", name="digit")(h),
        "even": L.Dense(1, activation="sigmoid", name="even")(h),
    }
    loss = {"digit": "sparse_categorical_crossentropy", "even": "binary_crossentropy"}
    return functional("two_outputs", loss, i, outputs)


def weighted_outputs():
    """Three outputs as a list; one has no loss, the others have weights."""
    i = L.Input((6,))
    outputs = [L.Dense(3, name="logits")(i), L.Dense(2, name="unused")(i), L.Dense(1, name="price")(dense()(i))]
    loss = [LOSSES.CategoricalCrossentropy(from_logits=True), None, "huber"]
    return functional("weighted_outputs", loss, i, outputs, loss_weights=[0.25, 1.0, 3.0])


def weights_by_name():
    i = L.Input((6,))
    outputs = [L.Dense(3, activation="softmax", name="kind")(i), L.Dense(2, name="place")(i)]
    loss = {"place": "mse", "kind": "sparse_categorical_crossentropy"}
    return functional("weights_by_name", loss, i, outputs, loss_weights={"place": 0.1, "kind": 2.0})


def penalties():
    layers = (
        L.Input((8,)),
        L.Dense(6, activation="relu", kernel_regularizer="l2", activity_regularizer="l1"),
        L.ActivityRegularization(l2=0.3),
        L.Dense(3, activation="softmax", bias_regularizer=keras.regularizers.L1(0.2), bias_initializer="ones"),
    )
    return sequential("penalties", "categorical_crossentropy", *layers)


def shared():
    layer, i = L.Dense(8, activation="relu", name="shared"), L.Input((8,))
    output = L.Dense(2, activation="softmax")(layer(layer(layer(i))))
    return functional("shared", "sparse_categorical_crossentropy", i, output)


def nested():
    inner = keras.Sequential([L.Input((28, 28, 1)), L.Conv2D(3, 3, activation="relu"), L.MaxPooling2D()], name="inner")
    i = L.Input((28, 28, 1))
    return functional("nested", "sparse_categorical_crossentropy", i, ten()(L.Flatten()(inner(i))))


def speech():
    layers = L.Input((24, 5)), L.Conv1D(6, 3, padding="same", activation="relu"), L.Dense(8, activation="softmax")
    return sequential("speech", LOSSES.CTC(), *layers)


def stateful():
    """Takes four examples at a time."""
    i = L.Input(batch_shape=(4, 5, 3))
    return functional("stateful", "log_cosh", i, L.Dense(1)(L.GRU(3, stateful=True)(i)))


PEOPLE = {
    build.__name__: build
    for build in (
        quickstart, rescaling, even, even_from_logits, five, autoencoder, colour, skip, transformer, lstm, unrolled,
        words, masked_tags, any_length, two_inputs, inputs_by_name, two_outputs, weighted_outputs, weights_by_name,
        penalties, shared, nested, speech, stateful,
    )
}  # fmt: skip
"""The functions by name."""

DIFFERS_IN_TRAINING = frozenset({"quickstart", "transformer"})


def save(model, folder, ending=".keras"):
    """Save a model, and return the path of its file."""
    path = folder / f"{model.name}{ending}"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Keras's about its use of NumPy and about its older format
        model.save(path)
    return path


def evaluated(model, inputs, labels):
    """Return the loss that Keras reports for a batch; labels are in the order of the model's outputs."""
    x = list(inputs) if len(inputs) > 1 else inputs[0]
    if not isinstance(model, keras.Sequential) and isinstance(model.input, dict):
        x = keras.tree.pack_sequence_as(model.input, list(inputs))
    known = [np.zeros((len(inputs[0]), 1), np.float32) if one is None else one for one in labels]
    y = known[0] if len(known) == 1 else keras.tree.pack_sequence_as(model.output, known)
    result = model.evaluate(x, y, verbose=0, batch_size=len(inputs[0]))
    return float(np.ravel(result)[0])
