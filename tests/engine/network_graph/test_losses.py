"""The loss of a training step is the model's own: its value is that of Keras's `evaluate` for the same batch."""

import json
import warnings
import zipfile

import h5py
import keras
import numpy as np
import pytest
import tensorflow as tf

from explorer.core.errors import UserError
from explorer.core.network_graph.losses import CHOICES, LABEL_FORMS, LabelForm, parse_loss
from explorer.engine.models.compiled_loss import read_compiled_loss
from explorer.engine.network_graph.losses import NoLoss, find_loss, nan_sentence, training_sentence
from explorer.engine.network_graph.sources import create_model, trace_model
from explorer.engine.network_graph.values import GraphValues, loss_value
from tests.engine.models.people import DIFFERS_IN_TRAINING, PEOPLE, evaluated, save

L = keras.layers
LOSSES = keras.losses

QUICK_MODELS = ("even_from_logits", "autoencoder", "words", "weighted_outputs", "weights_by_name", "penalties")

SAME = [name for name in PEOPLE if name not in DIFFERS_IN_TRAINING]


def trace(path, **options):
    return trace_model(create_model(str(path)), str(path), **options)


def keras_model(path):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Keras's own about weights of an optimizer that was never used
        return keras.saving.load_model(path)


def assert_equals_keras(traced, model):
    batch = traced.batch
    assert loss_value(traced) == pytest.approx(evaluated(model, batch.inputs, batch.labels), rel=1e-5)


@pytest.mark.parametrize(
    "name", [name if name in QUICK_MODELS else pytest.param(name, marks=pytest.mark.slow) for name in SAME]
)
def test_the_loss_is_what_keras_reports(name, tmp_path):
    path = save(PEOPLE[name](), tmp_path)
    traced = trace(path)
    assert traced.network_loss.source == "compiled"
    assert_equals_keras(traced, keras_model(path))
    assert traced.weights  # and the backward pass begins at it


@pytest.mark.parametrize("name", ["quickstart", pytest.param("transformer", marks=pytest.mark.slow)])
def test_without_dropout_the_loss_is_what_keras_reports(name, tmp_path):
    path = save(PEOPLE[name](dropout=0.0), tmp_path)
    assert_equals_keras(trace(path), keras_model(path))


def test_several_weighted_losses_and_logits_have_names(tmp_path):
    name = trace(save(PEOPLE["weighted_outputs"](), tmp_path)).network_loss.name
    assert name == "logits: 0.25 × categorical_crossentropy from logits + price: 3 × huber"
    assert trace(save(PEOPLE["quickstart"](), tmp_path)).network_loss.name == (
        "sparse_categorical_crossentropy from logits"
    )


def output_for(choice):
    """Return layers that end in an output that fits a loss."""
    form, activation = choice.form, None if choice.from_logits else "softmax"
    if form is LabelForm.SEQUENCE:
        return L.Reshape((6, 2)), L.Dense(4, activation=activation)
    if choice.name in ("binary_crossentropy", "binary_focal_crossentropy"):
        return (L.Dense(1, activation=None if choice.from_logits else "sigmoid"),)
    if form is LabelForm.GROUP:
        return L.Dense(4), L.UnitNormalization()
    return (L.Dense(5, activation=activation if form in (LabelForm.CLASS, LabelForm.ONE_HOT) else "softplus"),)


QUICK = ("sparse_categorical_crossentropy from logits", "binary_crossentropy", "huber", "ctc")


@pytest.mark.parametrize(
    "name", [name if name in QUICK else pytest.param(name, marks=pytest.mark.slow) for name in CHOICES]
)
def test_a_chosen_loss_is_that_of_a_model_compiled_with_it(name, tmp_path):
    choice = parse_loss(name)
    layers = keras.Input((12,)), *output_for(choice)
    path = save(keras.Sequential(list(layers), name="plain"), tmp_path)
    traced = trace(path, loss=name)
    assert (traced.network_loss.name, traced.network_loss.source) == (name, "chosen")
    classes = {one.lower(): getattr(keras.losses, one) for one in dir(keras.losses) if not one.islower()}
    made = classes[choice.name.replace("_", "")]
    model = keras_model(path)
    model.compile(loss=made(from_logits=True) if choice.from_logits else made())
    assert_equals_keras(traced, model)


@pytest.mark.parametrize(
    ("text", "name", "logits"),
    [
        ("mse", "mean_squared_error", False),
        ("MeanSquaredError", "mean_squared_error", False),
        ("SparseCategoricalCrossentropy(from_logits=True)", "sparse_categorical_crossentropy", True),
        ("binary_crossentropy from logits", "binary_crossentropy", True),
        ("keras.losses.Huber", "huber", False),
        ("categorical-crossentropy_from_logits", "categorical_crossentropy", True),
        ("bce", "binary_crossentropy", False),
    ],
)
def test_losses_are_known_by_all_their_names(text, name, logits):
    choice = parse_loss(text)
    assert (choice.name, choice.from_logits) == (name, logits)


@pytest.mark.parametrize("text", ["nonsense", "mse from logits", "", "exec"])
def test_an_unknown_loss_is_a_sentence_with_the_known_ones(text):
    with pytest.raises(UserError, match=r"crossentropy"):
        parse_loss(text)


def test_all_losses_of_keras_can_be_chosen():
    functions = {
        name
        for name in dir(keras.losses)
        if name.islower() and callable(getattr(keras.losses, name)) and name not in ("get", "serialize", "deserialize")
    }
    assert functions == set(LABEL_FORMS)


@pytest.mark.parametrize(
    ("layers", "name", "why"),
    [
        ((L.Dense(3, activation="softmax"),), "sparse_categorical_crossentropy", "softmax"),
        ((L.Dense(3), L.Softmax()), "sparse_categorical_crossentropy", "softmax"),
        ((L.Dense(6), L.Reshape((2, 3)), L.Activation("softmax")), "sparse_categorical_crossentropy", "softmax"),
        ((L.Dense(4, activation="softmax"), L.Reshape((2, 2))), "sparse_categorical_crossentropy", "softmax"),
        ((L.Dense(1, activation="sigmoid"),), "binary_crossentropy", "one sigmoid"),
        ((L.Dense(3),), None, "no loss"),
        ((L.Dense(1),), None, "no loss"),
        ((L.Dense(4, activation="sigmoid"),), None, "no loss"),
        ((L.Dense(1, activation="softmax"),), None, "no loss"),
    ],
)
def test_only_for_an_obvious_classifier_a_loss_is_assumed(layers, name, why):
    model = keras.Sequential([keras.Input((5,)), *layers])
    loss = find_loss(model)
    assert why in loss.reason
    if name is None:
        assert isinstance(loss, NoLoss)
    else:
        assert (loss.name, loss.source) == (name, "assumed")


def test_a_nested_classifier_is_found():
    inner = keras.Sequential([keras.Input((5,)), L.Dense(3, activation="softmax")])
    i = keras.Input((5,))
    assert find_loss(keras.Model(i, inner(i))).source == "assumed"


def test_without_a_loss_there_is_the_forward_pass_alone(tmp_path):
    path = save(keras.Sequential([keras.Input((5,)), L.Dense(3)], name="plain"), tmp_path)
    traced = trace(path)
    assert (traced.loss, loss_value(traced), traced.weights) == (None, None, {})
    assert not any(op.backward for op in traced.graph.ops)
    assert "Choose a loss" in traced.network_loss.reason
    assert any(op.type == "MatMul" for op in traced.graph.ops)


@pytest.mark.parametrize(
    ("layers", "loss", "message"),
    [
        ((L.Dense(1, activation="sigmoid"),), "sparse_categorical_crossentropy", r"needs one number for each class"),
        ((L.Dense(3),), "ctc", r"ctc needs a sequence"),
        ((L.Dense(12), L.Reshape((4, 3))), "circle", r"one vector for each example"),
    ],
)
def test_a_loss_that_does_not_fit_is_a_sentence(layers, loss, message, tmp_path):
    path = save(keras.Sequential([keras.Input((5,)), *layers], name="plain"), tmp_path)
    with pytest.raises(UserError, match=message):
        trace(path, loss=loss)


def own_loss(truth, output):
    return keras.ops.mean(truth - output)


class OwnLoss(keras.losses.Loss):
    def call(self, truth, output):
        return keras.ops.mean(truth - output, axis=-1)


@pytest.mark.parametrize("ending", [".keras", ".h5"])
@pytest.mark.parametrize("own", [own_loss, OwnLoss(), lambda truth, output: keras.ops.mean(truth - output)])
def test_a_loss_of_the_users_own_is_named_and_the_model_opens_without_it(own, ending, tmp_path):
    model = keras.Sequential([keras.Input((5,)), L.Dense(3)], name="mine")
    model.compile("sgd", own)
    path = save(model, tmp_path, ending)
    problem = read_compiled_loss(path).problem
    assert path.name in problem
    assert "not part of Keras" in problem
    loss = trace(path).network_loss
    assert isinstance(loss, NoLoss)
    assert problem in loss.reason
    assert trace(path, loss="mse").network_loss.source == "chosen"


def frozen_normalization():
    return keras.Sequential([L.Input((6,)), L.Dense(4), L.BatchNormalization(trainable=False), L.Dense(1)])


TRAINING = {
    "": (frozen_normalization, lambda: keras.Sequential([L.Input((6, 2)), L.LSTM(3), L.Dropout(0.0), L.Dense(1)])),
    "“own” does": (
        lambda: keras.Sequential([L.Input((6, 2)), L.RNN(L.LSTMCell(3, dropout=0.5, name="own")), L.Dense(1)]),
        lambda: keras.Sequential([L.Input((6, 2)), L.LSTM(3, recurrent_dropout=0.5, name="own"), L.Dense(1)]),
        lambda: keras.Sequential([L.Input((6,)), L.SpectralNormalization(L.Dense(4), name="own"), L.Dense(1)]),
        lambda: keras.Sequential([L.Input((6,)), L.BatchNormalization(name="own", momentum=0.5), L.Dense(1)]),
        lambda: attention(0.5),
    ),
    "“a” and 1 other layer do": (
        lambda: keras.Sequential([L.Input((6,)), L.Dropout(0.5, name="a"), L.GaussianNoise(1.0), L.Dense(1)]),
    ),
}
"""Models by whether something differs in training, and what."""


def attention(dropout):
    i = L.Input((6, 2))
    return keras.Model(i, L.Dense(1)(L.MultiHeadAttention(2, 3, dropout=dropout, name="own")(i, i)))


@pytest.mark.parametrize(("who", "build"), [(who, build) for who, builds in TRAINING.items() for build in builds])
def test_what_differs_in_training_is_said_once(who, build):
    model = build()
    x = np.random.default_rng(2).normal(size=(32, *model.inputs[0].shape[1:])).astype(np.float32)
    evaluated_first = model(x, training=False)  # spectral normalization changes the weights in training
    assert np.allclose(evaluated_first, model(x, training=True), rtol=1e-5) == (not who)
    assert training_sentence(model) == (
        f"It is that of training, in which {who} something else than in `evaluate`." if who else ""
    )


@pytest.mark.parametrize(
    ("count", "text"), [(1, "1 weight of the layer “b” is"), (3, "3 weights of the layer “b” are")]
)
def test_weights_that_are_no_numbers_are_counted(count, text):
    model = keras.Sequential([L.Input((6,)), L.Dense(4, name="a"), L.Dense(1, name="b")])
    kernel, bias = model.layers[1].get_weights()
    kernel[:count] = np.inf
    model.layers[1].set_weights([kernel, bias])
    assert nan_sentence(model).startswith(f"{text} NaN or infinite")


def test_a_loss_in_the_older_format_is_read(tmp_path):
    model = PEOPLE["quickstart"](dropout=0.0)
    path = save(model, tmp_path, ".h5")
    traced = trace(path)
    assert (traced.network_loss.name, traced.network_loss.source) == (
        "sparse_categorical_crossentropy from logits", "compiled",
    )  # fmt: skip
    np.testing.assert_allclose(
        loss_value(traced), evaluated(model, traced.batch.inputs, traced.batch.labels), rtol=1e-5
    )


@pytest.mark.parametrize("ending", [".keras", ".h5"])
def test_a_loss_as_keras_2_saved_it_is_read(ending, tmp_path):
    path = save(PEOPLE["quickstart"](dropout=0.0), tmp_path, ending)
    inner = {"reduction": "auto", "name": "any", "from_logits": True, "ignore_class": None}

    def rewrite(functions, name):
        """Write the loss of Keras 2, which may name a function, and return the loss that is read."""
        loss = {"class_name": "SparseCategoricalCrossentropy", "config": {**inner, **functions}}
        if ending == ".h5":
            with h5py.File(path, "a") as file:
                config = json.loads(file.attrs["training_config"])
                file.attrs["training_config"] = json.dumps({**config, "loss": loss})
            return read_compiled_loss(path)
        with zipfile.ZipFile(path) as archive, zipfile.ZipFile(tmp_path / name, "w") as changed:
            for member in archive.namelist():
                data = archive.read(member)
                if member == "config.json":
                    config = json.loads(data)
                    config["compile_config"]["loss"] = {**loss, "module": "keras.losses", "registered_name": None}
                    data = json.dumps(config)
                changed.writestr(member, data)
        return read_compiled_loss(tmp_path / name)

    for functions in ({}, {"fn": "sparse_categorical_crossentropy"}):
        found = rewrite(functions, "old.keras").loss
        assert isinstance(found, LOSSES.SparseCategoricalCrossentropy)
        assert (found.reduction, found.get_config()["from_logits"]) == ("sum_over_batch_size", True)
    for function in ("mean_squared_error", "mine", {"class_name": "function"}):
        found = rewrite({"fn": function}, "other.keras")
        assert found.loss is None
        assert "“SparseCategoricalCrossentropy”, which is not part of Keras" in found.problem


def test_the_group_of_a_single_loss_has_its_ops_and_of_several_a_group_each(tmp_path):
    groups = trace(save(PEOPLE["autoencoder"](), tmp_path)).graph.groups
    assert [name for name in groups if name.startswith("loss")] == ["loss"]
    groups = trace(save(PEOPLE["weighted_outputs"](), tmp_path)).graph.groups
    assert {"loss/categorical_crossentropy", "loss/huber"} <= set(groups)
    assert not any("compile_loss" in name for name in groups)


def test_a_chosen_loss_is_that_of_all_outputs(tmp_path):
    path = save(PEOPLE["two_outputs"](), tmp_path)
    traced, model = trace(path, loss="mse"), keras_model(path)
    assert traced.network_loss.name == "digit: mean_squared_error + even: mean_squared_error"
    model.compile(loss="mse")
    assert_equals_keras(traced, model)


def test_outputs_may_be_nested(tmp_path):
    i = L.Input((8,))
    outputs = {"x": [L.Dense(2, name="a")(i), L.Dense(3, name="b")(i)], "y": L.Dense(1, name="c")(i)}
    model = keras.Model(i, outputs, name="nested_outputs")
    model.compile(loss={"x": ["mae", "mse"], "y": "huber"})
    path = save(model, tmp_path)
    traced = trace(path)
    assert traced.network_loss.name == "a: mean_absolute_error + b: mean_squared_error + c: huber"
    assert_equals_keras(traced, keras_model(path))


def same_layer_twice(reduction="sum_over_batch_size"):
    left, right, head = L.Input((4,), name="left"), L.Input((4,), name="right"), L.Dense(2, name="head")
    model = keras.Model([left, right], [head(left), head(right)], name="same_layer_twice")
    model.compile(loss=[LOSSES.MeanSquaredError(reduction=reduction), LOSSES.MeanAbsoluteError(reduction=reduction)])
    return model


def one_output(loss):
    model = keras.Sequential([L.Input((5, 3)), L.Dense(4, activation="softmax")], name="one_output")
    model.compile(loss=loss)
    return model


@pytest.mark.parametrize(
    ("build", "name"),
    [
        (lambda: same_layer_twice(None), "head: mean_squared_error + head_1: mean_absolute_error"),
        (lambda: one_output(["mse", "mae"]), "mean_squared_error"),  # Keras computes the first one alone
        *(
            pytest.param(build, name, marks=pytest.mark.slow)
            for build, name in (
                (same_layer_twice, "head: mean_squared_error + head_1: mean_absolute_error"),
                (lambda: one_output(LOSSES.MeanSquaredError(reduction="none")), "mean_squared_error"),
                (lambda: one_output(LOSSES.MeanSquaredError(reduction="sum")), "mean_squared_error"),
                (
                    lambda: one_output(LOSSES.SparseCategoricalCrossentropy(ignore_class=2)),
                    "sparse_categorical_crossentropy",
                ),
            )
        ),
    ],
)
def test_losses_that_keras_adds_up_in_its_own_way_are_what_it_reports(build, name, tmp_path):
    path = save(build(), tmp_path)
    traced = trace(path)
    assert traced.network_loss.name == name
    assert_equals_keras(traced, keras_model(path))


@pytest.mark.slow
def test_a_loss_for_each_example_is_said_and_its_gradients_are_those_of_training(tmp_path):
    path = save(same_layer_twice(None), tmp_path)
    traced, model = trace(path), keras_model(path)
    assert "a number for each example: the value is their mean" in traced.network_loss.reason
    with tf.GradientTape() as tape:
        loss = model.compute_loss(y=list(traced.batch.labels), y_pred=model(list(traced.batch.inputs)))
    names = [gradient for _, gradient in traced.weights.values()]
    found = GraphValues(traced).run(traced.batch.inputs, traced.batch.labels, names)
    for name, gradient in zip(names, tape.gradient(loss, model.trainable_weights), strict=True):
        np.testing.assert_allclose(found[name], gradient, rtol=1e-4)


@pytest.mark.slow
def test_an_assumed_loss_counts_words_as_keras_does(tmp_path):
    layers = L.Input((9,)), L.Embedding(30, 4, mask_zero=True), L.LSTM(4, return_sequences=True), L.Dense(6, "softmax")
    path = save(keras.Sequential(list(layers), name="tags"), tmp_path)
    words = np.random.default_rng(1).integers(0, 3, (32, 9))
    np.savez(tmp_path / "d.npz", x_train=words, y_train=words)
    traced, model = trace(path, data=str(tmp_path / "d.npz")), keras_model(path)
    assert traced.network_loss.source == "assumed"
    model.compile(loss="sparse_categorical_crossentropy")
    assert (words == 0).any()
    assert_equals_keras(traced, model)
