"""The prediction that is shown is that of Keras's own `predict`, for networks of many kinds, or the file is refused."""

import keras
import numpy as np
import pytest
from keras import layers as kl

from explorer.core.data.dataset import load_sample
from explorer.core.errors import UserError
from explorer.core.models.network_output import OutputKind, output_text
from explorer.core.protocol.frames import pack, unpack
from explorer.engine.models.keras_file import save_network
from explorer.engine.services.data import DataService
from explorer.engine.services.models import ModelService

DATA = load_sample()
IMAGES = DATA.x_validation[:5]
SHAPE = (28, 28, 1)
FROM_LOGITS = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
BINARY_FROM_LOGITS = keras.losses.BinaryCrossentropy(from_logits=True)


def sequential(*layers, shape=(28, 28)):
    return keras.Sequential([keras.Input(shape), *layers])


def dense(units=10, activation="softmax"):
    return kl.Flatten(), kl.Dense(units, activation=activation)


def functional(call, shape=SHAPE, dtype="float32"):
    image = keras.Input(shape, dtype=dtype)
    return keras.Model(image, call(image))


def skip(image):
    a = kl.Conv2D(4, 3, padding="same", activation="relu")(image)
    b = kl.Add()([a, kl.Conv2D(4, 3, padding="same")(a)])
    return kl.Dense(10, activation="softmax")(kl.GlobalAveragePooling2D()(kl.ReLU()(b)))


def shared(image):
    layer = kl.Dense(784, activation="tanh", name="shared")
    return kl.Dense(10, activation="softmax")(layer(layer(layer(kl.Flatten()(image)))))


def nested(image):
    inner = keras.Sequential([keras.Input(SHAPE), kl.Conv2D(4, 3, activation="relu"), kl.MaxPooling2D(2)])
    return kl.Dense(10, activation="softmax")(kl.Flatten()(inner(image)))


def with_state(image):
    sequence, last, _memory = kl.LSTM(6, return_sequences=True, return_state=True)(kl.Reshape((28, 28))(image))
    return kl.Dense(10, activation="softmax")(kl.Concatenate()([kl.GlobalAveragePooling1D()(sequence), last]))


def normalized():
    layer = kl.Normalization(axis=None)
    layer.adapt(DATA.x_train[:100].astype(np.float32))
    return sequential(layer, *dense())


def compiled(model, loss):
    model.compile("sgd", loss)
    return model


UNIT = {
    "softmax": lambda: sequential(*dense()),
    "784 numbers": lambda: sequential(*dense(), shape=(784,)),
    "a channel first": lambda: sequential(*dense(), shape=(1, 28, 28)),
    "images of any size": lambda: functional(
        lambda x: kl.Dense(10, activation="softmax")(kl.GlobalMaxPooling2D()(kl.Conv2D(4, 3)(x))), (None, None, 1)
    ),
    "sequences of any length": lambda: sequential(kl.GRU(5), kl.Dense(10, activation="softmax"), shape=(None, 28)),
    "LSTM": lambda: sequential(kl.LSTM(24), kl.Dense(10, activation="softmax")),
    "LSTM and its state": lambda: functional(with_state),
    "skip connection": lambda: functional(skip),
    "a layer used three times": lambda: functional(shared),
    "a model in a model": lambda: functional(nested),
    "augmentation": lambda: sequential(kl.RandomFlip(), kl.Dropout(0.5), *dense(), shape=SHAPE),
    "batch normalization": lambda: sequential(kl.Conv2D(2, 5), kl.BatchNormalization(), *dense(), shape=SHAPE),
    "attention": lambda: functional(
        lambda x: kl.Dense(10, activation="softmax")(
            kl.GlobalAveragePooling1D()(kl.MultiHeadAttention(2, 3)(*[kl.Reshape((28, 28))(x)] * 2))
        )
    ),
    "operations": lambda: functional(
        lambda x: keras.ops.softmax(kl.Dense(10)(keras.ops.reshape(x * 2 - 1, (-1, 784))))
    ),
}
OWN = {
    "rescaling": lambda: sequential(kl.Rescaling(1 / 255), kl.Conv2D(3, 3, activation="relu"), *dense(), shape=SHAPE),
    "rescaling in a model": lambda: sequential(sequential(kl.Rescaling(1 / 127.5, offset=-1)), *dense()),
    "normalization": normalized,
    "bytes": lambda: functional(
        lambda x: kl.Dense(10, activation="softmax")(kl.Flatten()(kl.Rescaling(1 / 9)(x))), dtype="uint8"
    ),
    "pixels that are looked up": lambda: sequential(
        kl.Embedding(256, 3), kl.GlobalAveragePooling1D(), kl.Dense(10, activation="softmax"), shape=(784,)
    ),
    "a division": lambda: functional(lambda x: kl.Dense(10, activation="softmax")(kl.Flatten()(x / 255.0))),
}  # fmt: skip
OUTPUTS = {
    "logits, assumed": (lambda: sequential(*dense(10, None)), "logits", True),
    "logits, by the loss": (lambda: compiled(sequential(*dense(10, None)), FROM_LOGITS), "logits", False),
    "five logits": (lambda: sequential(*dense(5, None)), "logits", True),
    "numbers with a mean square": (lambda: compiled(sequential(*dense(10, None)), "mse"), "values", False),
    "five classes": (lambda: sequential(*dense(5)), "softmax", False),
    "thirty classes": (lambda: sequential(*dense(30)), "softmax", False),
    "Softmax as a layer": (lambda: sequential(*dense(10, None), kl.Softmax()), "softmax", False),
    "Activation as a layer": (lambda: sequential(*dense(10, None), kl.Activation("softmax")), "softmax", False),
    "one sigmoid": (lambda: sequential(*dense(1, "sigmoid")), "sigmoid", False),
    "ten sigmoids": (lambda: sequential(*dense(10, "sigmoid")), "sigmoid", False),
    "one logit": (lambda: compiled(sequential(*dense(1, None)), BINARY_FROM_LOGITS), "logit", False),
    "one number": (lambda: compiled(sequential(*dense(1, None)), "mse"), "values", False),
    "one number without a loss": (lambda: sequential(*dense(1, None)), "values", False),
    "tanh": (lambda: sequential(*dense(3, "tanh")), "values", False),
    "softmax in a model": (lambda: sequential(sequential(*dense(10, None), kl.Softmax())), "softmax", False),
    "softmax and Dropout": (lambda: sequential(*dense(4), kl.Dropout(0.1)), "softmax", False),
}


def randomize(model, seed=0):
    """Give biases and other weights that begin as 0 random numbers, so that mistakes cannot hide."""
    rng = np.random.default_rng(seed)
    for layer in model.layers:
        if not isinstance(layer, kl.Normalization):
            layer.set_weights([w + np.abs(rng.normal(0, 0.05, w.shape)).astype(w.dtype) for w in layer.get_weights()])
    return model


@pytest.fixture
def service():
    return ModelService(DataService(print))


def opened(service, model, tmp_path):
    path = tmp_path / "net.keras"
    save_network(model, path)
    return service.open({"path": str(path)})


def predict(model, images, divisor):
    """Return what Keras predicts of images (n, 28, 28) that are divided by a number."""
    shape = [28 if size is None else size for size in model.inputs[0].shape[1:]]
    return model.predict((images / np.float32(divisor)).reshape(-1, *shape), verbose=0).reshape(len(images), -1)


CASES = [*((name, build, 255) for name, build in UNIT.items()), *((name, build, 1) for name, build in OWN.items())]


@pytest.mark.parametrize(("name", "build", "divisor"), CASES, ids=[case[0] for case in CASES])
def test_the_prediction_is_that_of_keras(name, build, divisor, service, tmp_path):
    model = randomize(build())
    info = opened(service, model, tmp_path)
    assert info["scale"] == ("unit" if divisor == 255 else "own")
    for image in IMAGES:
        row = predict(model, image[np.newaxis], divisor)[0]
        reply = service.activations({"image": image})
        np.testing.assert_allclose(reply["prediction"], row, atol=1e-5)
        np.testing.assert_allclose(reply["probabilities"], row, atol=1e-5)
        assert [list(output.shape) for output in reply["outputs"]] == [layer["shape"] for layer in info["layers"]]


@pytest.mark.parametrize("policy", ["mixed_float16", "mixed_bfloat16", "float16", "float64"])
def test_networks_of_each_precision_are_shown(policy, service, tmp_path):
    layers = [
        kl.Conv2D(3, 5, padding="same", activation="relu", dtype=policy), kl.MaxPooling2D(dtype=policy),
        kl.Flatten(dtype=policy), kl.Dense(8, activation="tanh", dtype=policy), kl.Dense(10, "softmax", dtype=policy),
    ]  # fmt: skip
    model = randomize(sequential(*layers, shape=SHAPE))
    info = opened(service, model, tmp_path)
    for image in IMAGES:
        reply = unpack(pack(service.activations({"image": image}))[4:])
        np.testing.assert_allclose(reply["prediction"], predict(model, image[np.newaxis], 255)[0], atol=1e-5)
        precision = 0.05 if "16" in policy else 1e-5
        for layer in (0, 3, 4):
            index = [size // 2 for size in info["layers"][layer]["shape"]]
            of_unit = unpack(pack(service.unit({"image": image, "layer": layer, "index": index}))[4:])["explanation"]
            z = float(np.sum(of_unit["inputs"].astype(float) * of_unit["weights"])) + of_unit["bias"]
            assert of_unit["z"] == pytest.approx(z, rel=1e-4, abs=1e-4)
            e = np.exp(of_unit.get("all_z", np.zeros(1)))
            output = {"relu": max(z, 0.0), "tanh": np.tanh(z), "softmax": e[index[0] % len(e)] / e.sum()}
            assert of_unit["output"] == pytest.approx(output[of_unit["activation"]], rel=precision, abs=precision)
        unpack(pack(service.weights({"layer": 3}))[4:])
        unpack(pack(service.image_gradient({"image": image, "output": 3}))[4:])


@pytest.mark.parametrize("name", OUTPUTS)
def test_the_outputs_are_what_the_network_and_its_loss_say(name, service, tmp_path):
    build, kind, is_assumed = OUTPUTS[name]
    model = randomize(build())
    output = opened(service, model, tmp_path)["output"]
    assert (output["kind"], output["is_assumed"]) == (kind, is_assumed)
    for image in IMAGES:
        row = predict(model, image[np.newaxis], 255)[0]
        reply = service.activations({"image": image})
        np.testing.assert_allclose(reply["prediction"], row, atol=1e-5)
        e = np.exp(row - row.max())
        shown = {"logits": e / e.sum(), "logit": 1 / (1 + np.exp(-row))}.get(kind, row)
        np.testing.assert_allclose(reply["probabilities"], shown, atol=1e-5)
    text = output_text(OutputKind(kind), output["units"], is_assumed)
    assert ("assumed" in text) == is_assumed
    assert ("computed here" in text) == (kind in ("logits", "logit"))


@pytest.mark.parametrize(("own", "other"), [("own", "unit"), ("unit", "raw")])
def test_another_scale_can_be_chosen(own, other, service, tmp_path):
    model = randomize(OWN["rescaling"]() if own == "own" else UNIT["softmax"]())
    info = opened(service, model, tmp_path)
    assert info["scale"] == own
    divisors = {"unit": 255, "own": 1, "raw": 1}
    for scale in (own, other):
        reply = service.activations({"image": IMAGES[0], "scale": scale})
        expected = predict(model, IMAGES[:1], divisors[scale])[0]
        np.testing.assert_allclose(reply["prediction"], expected, atol=1e-5)
        best = service.exciting_images({"layer": len(info["layers"]) - 1, "unit": 3, "scale": scale})
        of_unit = predict(model, DATA.x_train[:256], divisors[scale])[:, 3]
        np.testing.assert_allclose(best["values"], np.sort(of_unit)[::-1][:8], atol=1e-5)


def test_the_gradient_is_that_of_the_shown_number_by_what_is_fed(service, tmp_path):
    model = randomize(sequential(kl.Rescaling(1 / 255), *dense(3, None)))
    opened(service, model, tmp_path)
    gradient = service.image_gradient({"image": IMAGES[0], "output": 2})["gradient"]
    probability = service.activations({"image": IMAGES[0]})["probabilities"]
    kernel = model.layers[-1].get_weights()[0].astype(np.float64) / 255
    expected = probability[2] * (kernel[:, 2] - kernel @ probability)
    np.testing.assert_allclose(gradient, expected.reshape(28, 28), atol=1e-8)
    with pytest.raises(UserError, match="no output 3"):
        service.image_gradient({"image": IMAGES[0], "output": 3})


def test_units_of_branches_are_explained_by_the_inputs_that_they_have(service, tmp_path):
    def branches(image):
        flat = kl.Flatten()(image)
        left, right = kl.Dense(5, name="left")(flat), kl.Dense(6, name="right")(flat)
        return kl.Dense(10, activation="softmax")(kl.Concatenate()([left, right]))

    info = opened(service, randomize(functional(branches)), tmp_path)
    names = [layer["name"] for layer in info["layers"]]
    for name in ("left", "right"):
        layer = names.index(name)
        assert info["layers"][layer]["is_on_pixels"]
        reply = service.unit({"image": IMAGES[0], "layer": layer, "index": [2]})["explanation"]
        np.testing.assert_allclose(reply["inputs"], IMAGES[0].ravel() / np.float32(255))
        assert reply["z"] == pytest.approx(reply["output"], abs=1e-5)
        assert service.weights({"layer": layer, "part": {}})["arrays"][0]["kind"] == "images"
    assert not info["layers"][-1]["is_on_pixels"]


def test_each_call_of_a_layer_is_shown(service, tmp_path):
    info = opened(service, randomize(functional(shared)), tmp_path)
    assert [layer["name"] for layer in info["layers"][1:4]] == ["shared", "shared, call 2", "shared, call 3"]
    assert info["parameters"] == 784 * 785 + 785 * 10
    outputs = service.activations({"image": IMAGES[0]})["outputs"]
    kernel, bias = (array["values"] for array in service.weights({"layer": 2})["arrays"])
    np.testing.assert_allclose(outputs[2], np.tanh(outputs[1] @ kernel + bias), atol=1e-4)
    service.save_weights({"path": str(tmp_path / "weights.npz")})
    with np.load(tmp_path / "weights.npz") as file:
        assert len(file.files) == 5  # four arrays and the step


def test_weights_that_are_no_numbers_are_named(service, tmp_path):
    model = sequential(
        kl.Flatten(name="flat"), kl.Dense(8, name="hidden"), kl.Dense(10, activation="softmax", name="out")
    )
    kernel, bias = model.get_layer("hidden").get_weights()
    kernel[300:310] = np.nan
    model.get_layer("hidden").set_weights([kernel, bias])
    opened(service, model, tmp_path)
    assert service.activations({"image": IMAGES[0]})["not_finite"] == ["hidden/kernel"]
    assert service.weights({"layer": 2})["not_finite"] == ["hidden/kernel"]


REFUSED = {
    "two inputs": (
        lambda: keras.Model(
            inputs := [keras.Input((28, 28), name="image"), keras.Input((10,), name="hint")],
            kl.Dense(10)(kl.Concatenate()([kl.Flatten()(inputs[0]), inputs[1]])),
        ),
        ["2 inputs", "“image”", "“hint”"],
    ),
    "two outputs": (
        lambda: functional(
            lambda x: [kl.Dense(units, name=name)(kl.Flatten()(x)) for name, units in (("digit", 10), ("even", 1))]
        ),
        ["2 outputs", "“digit”", "“even”"],
    ),
    "colour": (lambda: sequential(*dense(), shape=(32, 32, 3)), ["(32, 32, 3)", "28 × 28"]),
    "colour of the right size": (lambda: sequential(*dense(), shape=(28, 28, 3)), ["(28, 28, 3)", "grey"]),
    "words": (lambda: sequential(kl.Embedding(50, 8), *dense(), shape=(20,)), ["(20,)"]),
    "words of any number": (
        lambda: sequential(kl.Embedding(50, 8, name="words"), kl.LSTM(4), kl.Dense(2), shape=(None,)),
        ["“words”", "below 50", "255"],
    ),
    "words in a model": (
        lambda: sequential(
            sequential(kl.Embedding(50, 8, name="words"), shape=(784,)), kl.Flatten(), kl.Dense(2), shape=(784,)
        ),
        ["“words”", "below 50"],
    ),
    "a memory": (
        lambda: keras.Sequential(
            [keras.Input(batch_shape=(1, 28, 28)), kl.GRU(3, stateful=True, name="memory"), kl.Dense(10)]
        ),
        ["“memory”", "remembers"],
    ),
    "an image": (
        lambda: sequential(*dense(784, "sigmoid"), kl.Reshape((28, 28), name="picture")),
        ["(28, 28)", "“picture”"],
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_a_network_that_cannot_be_fed_is_refused_with_the_layer_the_reason_and_a_way_out(name, service, tmp_path):
    build, words = REFUSED[name]
    with pytest.raises(UserError) as caught:
        opened(service, build(), tmp_path)
    message = str(caught.value)
    assert all(word in message for word in ("net.keras", *words)), message
    assert message.endswith("The tab Network shows its graph.")
