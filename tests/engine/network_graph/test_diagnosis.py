"""What is said to be wrong with gradients is so: networks that are damaged at a known layer, and GradientTape."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from explorer.core.network_graph.diagnosis_text import diagnosis_text
from explorer.core.network_graph.gradient_health import BlameKind, GradientProblem
from explorer.engine.network_graph.batch import Batch
from explorer.engine.network_graph.diagnosis import diagnose
from explorer.engine.network_graph.losses import find_loss
from explorer.engine.network_graph.open_graph import OpenGraph
from explorer.engine.network_graph.tracing import trace_network
from explorer.engine.network_graph.values import GraphValues, statistics
from explorer.engine.network_graph.visible_values import summarize_visible

LAYERS = keras.layers
BATCH, INPUTS, UNITS, CLASSES = 8, 10, 16, 3
INFO = {"source": "data", "count": BATCH, "description": "", "title": "", "is_random": False}


def mlp(activation, hidden=5, rng=None):
    """Return a network of dense layers h0, h1, …, out, with weights that keep the size of gradients."""
    rng = rng or np.random.default_rng(5)
    model = keras.Sequential(
        [keras.Input((INPUTS,)), *(LAYERS.Dense(UNITS, activation, name=f"h{k}") for k in range(hidden)),
         LAYERS.Dense(CLASSES, "softmax", name="out")]
    )  # fmt: skip
    gain = {"sigmoid": 4.0, "tanh": 1.2}.get(activation, 1.5)
    for layer in model.layers:
        shape = layer.kernel.shape
        layer.set_weights([rng.normal(size=shape) * gain / np.sqrt(shape[0]), rng.normal(size=shape[1]) * 0.1])
    return model


def damage(model, name, kernel=lambda weights: weights, bias=0.0):
    layer = model.get_layer(name)
    weights, biases = layer.get_weights()
    layer.set_weights([kernel(weights), biases + bias])


def open_graph(model, x=None, y=None, is_random=False):
    rng = np.random.default_rng(3)
    x = rng.normal(size=(BATCH, *model.inputs[0].shape[1:])) if x is None else x
    y = rng.integers(0, CLASSES, BATCH) if y is None else y
    info = {**INFO, "is_random": is_random}
    single = model.outputs[0].shape[-1] == 1
    batch = Batch((np.float32(x),), (np.float32(y) if single else np.int32(y),), info)
    traced = trace_network(model, batch)
    return OpenGraph(1, "x.keras", traced, GraphValues(traced))


def diagnosis_of(graph):
    """Return the diagnosis, and compare its words with the message that the window gets."""
    traced = graph.traced
    layers = {name: tensor for name, tensor in traced.graph.group_outputs.items() if name in traced.graph.layers}
    wanted = [*layers.values(), *(traced.gradients[t] for t in layers.values() if t in traced.gradients)]
    wanted += [gradient for _, gradient in traced.weights.values()]
    found = graph.values.summarize(
        traced.batch.inputs, traced.batch.labels, wanted, lambda _name, value: statistics(value)
    )
    diagnosis = diagnose(graph, layers, found)
    message = summarize_visible(graph, graph.views.build(frozenset()))["message"]
    assert message == ("" if diagnosis is None else diagnosis_text(diagnosis))
    return diagnosis


def true_gradients(graph):
    """Return GradientTape's norms of the gradients of all layers' outputs; of the last one those of its logits."""
    model, names, outputs = graph.traced.model, [], []
    with tf.GradientTape() as tape:
        x = tf.constant(graph.traced.batch.inputs[0])
        for layer in model.layers[:-1]:
            x = layer(x)
            tape.watch(x)
            outputs.append(x)
            names.append(layer.name)
        logits = x @ model.layers[-1].kernel + model.layers[-1].bias
        outputs.append(logits)
        names.append(model.layers[-1].name)
        loss = tf.reduce_mean(
            keras.losses.sparse_categorical_crossentropy(graph.traced.batch.labels[0], logits, from_logits=True)
        )
    gradients = tape.gradient(loss, outputs)
    return {name: float(np.linalg.norm(np.float64(gradient))) for name, gradient in zip(names, gradients, strict=True)}


def activation_of(graph, name):
    layer = graph.traced.model.get_layer(name)
    return np.asarray(keras.Model(graph.traced.model.inputs[0], layer.output)(graph.traced.batch.inputs[0]))


SMALL, LARGE, DEAD, ZERO, NAN = "small", "large", "dead", "zero", "nan"

DAMAGES = {
    SMALL: lambda rng: {"kernel": lambda w: w * 1e-6},
    LARGE: lambda rng: {"kernel": lambda w: w * 1e6},
    DEAD: lambda rng: {"bias": -1e3},
    ZERO: lambda rng: {"kernel": np.zeros_like},
    NAN: lambda rng: {"kernel": lambda w: np.where(rng.random(w.shape) < 0.1, np.nan, w)},
}


def assert_true(graph, diagnosis, kind, activation, name):
    """Compare a diagnosis with what was damaged, and each of its numbers with NumPy's or GradientTape's."""
    model, blame = graph.traced.model, diagnosis.blame
    if kind == NAN:
        kernel = model.get_layer(name).get_weights()[0]
        assert (diagnosis.problem, diagnosis.layer, diagnosis.array) == (GradientProblem.WEIGHTS, name, "kernel")
        assert (diagnosis.count, diagnosis.total) == (np.isnan(kernel).sum(), kernel.size)
        assert np.isnan(kernel[diagnosis.first])
        return
    norms = true_gradients(graph)
    if diagnosis.problem in (GradientProblem.VANISHING, GradientProblem.EXPLODING):
        assert norms[diagnosis.layer] / norms["out"] == pytest.approx(diagnosis.ratio, rel=1e-3)
        assert (diagnosis.ratio < 1e-3) or (diagnosis.ratio > 1e3)
    elif diagnosis.layer:
        assert norms[diagnosis.layer] == 0
        after = list(norms)[list(norms).index(diagnosis.layer) + 1]
        assert norms[after] > 0
    assert (blame.root or blame).layer == name
    if blame.kind == BlameKind.WEIGHTS:
        kernel = model.get_layer(blame.layer).get_weights()[0]
        assert blame.scale == pytest.approx(np.sqrt(np.mean(np.square(kernel))), rel=1e-4)
        assert blame.array == "kernel"
    if blame.kind == BlameKind.INACTIVE:
        assert activation == "relu"
        assert blame.share == pytest.approx(np.mean(activation_of(graph, blame.layer) == 0))
    if blame.kind == BlameKind.SATURATED:
        y = activation_of(graph, blame.layer)
        flat = {"tanh": 1 - y**2, "sigmoid": 4 * y * (1 - y)}[activation]
        assert blame.share == pytest.approx(np.mean(flat < 0.01))
        assert blame.share > 0.5 or blame.factor == 0


QUICK = [("relu", SMALL), ("tanh", LARGE), ("relu", DEAD), ("sigmoid", ZERO), ("relu", NAN)]

EXPECTED = {
    ("relu", SMALL): {GradientProblem.VANISHING},
    ("relu", LARGE): {GradientProblem.EXPLODING},
    ("tanh", SMALL): {GradientProblem.VANISHING},
    ("sigmoid", SMALL): {GradientProblem.VANISHING},
    **{(activation, NAN): {GradientProblem.WEIGHTS} for activation in ("relu", "tanh", "sigmoid")},
}
"""Problems by activation and damage; in all other cases a gradient is 0, or vanishes."""


def check_damage(activation, kind, seed):
    rng = np.random.default_rng(seed)
    model = mlp(activation, int(rng.integers(3, 7)), rng)
    name = f"h{rng.integers(1, len(model.layers) - 2)}"
    healthy = open_graph(model)
    assert diagnosis_of(healthy) is None or activation == "sigmoid"
    damage(model, name, **DAMAGES[kind](rng))
    diagnosis = diagnosis_of(healthy)
    assert diagnosis.problem in EXPECTED.get(
        (activation, kind), {GradientProblem.ZERO, GradientProblem.ALL_ZERO, GradientProblem.VANISHING}
    )
    assert_true(healthy, diagnosis, kind, activation, name)


@pytest.mark.parametrize(("activation", "kind"), QUICK)
def test_a_damaged_layer_is_found(activation, kind):
    check_damage(activation, kind, 7)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("kind", DAMAGES)
@pytest.mark.parametrize("activation", ["relu", "tanh", "sigmoid"])
def test_a_damaged_layer_of_many_networks_is_found(activation, kind, seed):
    check_damage(activation, kind, seed)


def test_many_sigmoids_share_the_blame():
    model = mlp("sigmoid", 8)
    for layer in model.layers[:-1]:
        damage(model, layer.name, lambda weights: weights / 4)
    graph = open_graph(model)
    diagnosis = diagnosis_of(graph)
    norms = true_gradients(graph)
    assert diagnosis.problem == GradientProblem.VANISHING
    assert norms[diagnosis.layer] / norms["out"] == pytest.approx(diagnosis.ratio, rel=1e-3)
    assert diagnosis.blame.others >= 2
    assert "saturated" not in diagnosis_text(diagnosis).replace("not saturated", "")


def sequential(*layers, shape=(INPUTS,)):
    return keras.Sequential([keras.Input(shape), *layers])


def lambda_(function, name, units=4):
    return LAYERS.Lambda(function, output_shape=(units,), name=name)


OUT = {"units": CLASSES, "activation": "softmax", "name": "out"}


def test_pooling_adding_and_flattening_have_no_weights():
    """A mean over many pixels makes gradients small, of which no layer's weights are the reason."""
    image = keras.Input((64, 64, 1))
    a = LAYERS.Conv2D(4, 3, padding="same", activation="relu", name="conv")(image)
    b = LAYERS.Rescaling(0.02, name="smaller")(
        LAYERS.GlobalAveragePooling2D(name="pool")(LAYERS.Add(name="add")([a, a]))
    )
    diagnosis = diagnosis_of(open_graph(keras.Model(image, LAYERS.Dense(**OUT)(b))))
    assert diagnosis.problem == GradientProblem.VANISHING
    text = diagnosis_text(diagnosis)
    assert "weights" not in text
    assert diagnosis.blame.layer in ("smaller", "pool")


@pytest.mark.parametrize(
    ("layer", "problem", "kind", "type_"),
    [
        (lambda: lambda_(tf.sign, "middle"), GradientProblem.ZERO, BlameKind.OTHER, "Sign"),
        (lambda: lambda_(lambda x: x * 0.0, "middle"), GradientProblem.ZERO, BlameKind.FACTOR, "Mul"),
        (
            lambda: lambda_(lambda x: tf.clip_by_value(x, 50, 60), "middle"),
            GradientProblem.ZERO,
            BlameKind.CLIPPED,
            "Max",
        ),
        (lambda: lambda_(lambda x: x - x, "middle"), GradientProblem.ZERO, BlameKind.CANCELS, None),
        (lambda: LAYERS.Rescaling(1e-5, name="middle"), GradientProblem.VANISHING, BlameKind.FACTOR, "Mul"),
        (lambda: lambda_(lambda x: tf.sqrt(x * 0.0), "middle"), GradientProblem.GRADIENT, BlameKind.OTHER, "Sqrt"),
        (lambda: lambda_(lambda x: tf.math.log(x * 0.0), "middle"), GradientProblem.VALUE, BlameKind.OTHER, "Log"),
    ],
)
def test_the_op_that_is_to_blame_is_named(layer, problem, kind, type_):
    diagnosis = diagnosis_of(open_graph(sequential(LAYERS.Dense(4, name="first"), layer(), LAYERS.Dense(**OUT))))
    assert (diagnosis.problem, diagnosis.blame.kind) == (problem, kind)
    if type_ is not None:
        assert diagnosis.blame.type.startswith(type_)
        assert diagnosis.blame.layer == "middle"
    assert "learning rate" not in diagnosis_text(diagnosis)  # nothing was trained


def test_where_all_gradients_are_0_it_is_said():
    model = mlp("relu", 2)
    damage(model, "out", bias=np.float32([1e4, 0, 0]))
    graph = open_graph(model, y=np.zeros(BATCH))
    diagnosis = diagnosis_of(graph)
    assert set(true_gradients(graph).values()) == {0.0}
    assert diagnosis.problem == GradientProblem.ALL_ZERO
    assert diagnosis.blame.kind == BlameKind.EXACT
    assert diagnosis_text(diagnosis).startswith("The gradients of all weights are 0, so nothing learns: ")


def dead_first_layer():
    model = mlp("relu", 2)
    damage(model, "h0", bias=-1e3)
    return model


def dead_first_layers():
    first, second = LAYERS.Dense(4, "relu", name="left"), LAYERS.Dense(4, "relu6", name="right")
    image = keras.Input((INPUTS,))
    both = LAYERS.Concatenate()([first(image), second(image), LAYERS.Dense(4, "relu", name="alive")(image)])
    model = keras.Model(image, LAYERS.Dense(**OUT)(both))
    for layer in (first, second):
        damage(model, layer.name, bias=-1e3)
    return model


def dead_convolution():
    model = sequential(
        LAYERS.Conv2D(3, 3, name="first"), LAYERS.ReLU(name="relu"), LAYERS.Flatten(), LAYERS.Dense(**OUT),
        shape=(5, 5, 2),
    )  # fmt: skip
    damage(model, "first", bias=-1e3)
    return model


def nothing_comes_in():
    zeros = LAYERS.Dense(6, use_bias=False, trainable=False, kernel_initializer="zeros", name="zeros")
    return sequential(zeros, LAYERS.Dense(4, "tanh", use_bias=False, name="first"), LAYERS.Dense(**OUT))


def test_a_batch_of_zeros_is_named_where_it_is_the_reason():
    model = sequential(LAYERS.Dense(4, "relu", name="first"), LAYERS.Dense(**OUT))
    diagnosis = diagnosis_of(open_graph(model, x=np.zeros((BATCH, INPUTS))))
    assert diagnosis_text(diagnosis) == (
        "The gradients of all weights of first are 0: all outputs of Relu in first are 0 for this batch, because all "
        "numbers that the network is fed are 0."
    )


@pytest.mark.parametrize(
    ("build", "expected"),
    [
        (
            dead_first_layer,
            "The gradients of all weights of h0 are 0: all outputs of Relu in h0 are 0 for this batch, where it passes "
            "no gradient on.",
        ),
        (
            dead_first_layers,
            "The gradients of all weights of left and right are 0, those of right because all outputs of Relu6 in "
            "right are 0 or 6 for this batch, where it passes no gradient on.",
        ),
        (
            nothing_comes_in,
            "The gradients of all weights of first are 0: all that comes into MatMul in first is 0.",
        ),
    ],
)
def test_layers_that_do_not_learn_are_named_though_a_gradient_comes_to_each(build, expected):
    model = build()
    graph = open_graph(model)
    diagnosis = diagnosis_of(graph)
    with tf.GradientTape() as tape:
        predicted = model(graph.traced.batch.inputs[0])
        loss = keras.losses.sparse_categorical_crossentropy(graph.traced.batch.labels[0], predicted)
    weights = [weight.value for weight in model.trainable_variables]
    learns = {}
    for weight, gradient in zip(model.trainable_variables, tape.gradient(loss, weights), strict=True):
        layer = weight.path.split("/")[-2]
        learns[layer] = learns.get(layer, False) or bool(np.any(gradient))
    assert diagnosis.unlearned == tuple(layer for layer, is_learning in learns.items() if not is_learning)
    assert diagnosis_text(diagnosis) == expected


def test_no_gradient_comes_to_a_layer_before_a_dead_activation():
    diagnosis = diagnosis_of(open_graph(dead_convolution()))
    assert (diagnosis.problem, diagnosis.layer, diagnosis.unlearned) == (GradientProblem.ZERO, "first", ("first",))


def test_weights_without_gradients_are_named():
    stop = lambda_(tf.stop_gradient, "stop")
    diagnosis = diagnosis_of(open_graph(sequential(LAYERS.Dense(4, name="first"), stop, LAYERS.Dense(**OUT))))
    assert (diagnosis.problem, diagnosis.unlearned) == (GradientProblem.NO_PATH, ("first",))
    model = mlp("relu", 2)
    for layer in model.layers:
        layer.trainable = False
    diagnosis = diagnosis_of(open_graph(model))
    assert (diagnosis.problem, diagnosis.total) == (GradientProblem.FROZEN, model.count_params())


def test_a_network_without_weights_has_no_frozen_ones():
    text = diagnosis_text(diagnosis_of(open_graph(sequential(LAYERS.Softmax()), y=np.zeros(BATCH))))
    assert text == "Nothing is trained: the network has no weights, so that there are no gradients."


def test_nothing_is_said_of_random_numbers_but_of_weights():
    model = mlp("relu", 3)
    damage(model, "h1", lambda weights: weights * 1e-9)
    assert diagnosis_of(open_graph(model)).problem == GradientProblem.VANISHING
    assert diagnosis_of(open_graph(model, is_random=True)) is None
    assert diagnosis_of(open_graph(model, x=np.full((BATCH, INPUTS), np.nan), is_random=True)) is None
    damage(model, "h1", lambda weights: weights * np.nan)
    assert diagnosis_of(open_graph(model, is_random=True)).problem == GradientProblem.WEIGHTS


def losses_with_infinite_numbers():
    masked = keras.Sequential([keras.Input((6, INPUTS)), LAYERS.Dense(CLASSES + 2, name="out")])
    masked.compile(loss="ctc")
    alike = keras.Sequential([keras.Input((INPUTS,)), LAYERS.Dense(4, name="out"), LAYERS.UnitNormalization()])
    alike.compile(loss="circle")
    return {"ctc": (masked, np.ones((BATCH, 2), np.int32)), "circle": (alike, np.arange(BATCH) % 3)}


@pytest.mark.parametrize("name", ["ctc", "circle"])
def test_infinite_numbers_inside_a_loss_are_no_problem(name):
    model, labels = losses_with_infinite_numbers()[name]
    x = np.random.default_rng(4).normal(size=(BATCH, *model.inputs[0].shape[1:]))
    batch = Batch((np.float32(x),), (np.int32(labels),), {**INFO, "source": "file"})
    traced = trace_network(model, batch, loss=find_loss(model, name))
    graph = OpenGraph(1, "x.keras", traced, GraphValues(traced))
    opened = summarize_visible(graph, graph.views.build(traced.graph.open_at_level(9)))
    assert any(summary["value"]["nan"] for summary in opened["nodes"].values() if summary["value"])
    assert np.isfinite(opened["loss"])
    assert opened["message"] == summarize_visible(graph, graph.views.build(frozenset()))["message"] == ""


def test_not_a_number_in_the_batch_is_found_there():
    x = np.zeros((BATCH, INPUTS))
    x[3, 7] = np.inf
    diagnosis = diagnosis_of(open_graph(mlp("relu", 2), x=x))
    assert (diagnosis.problem, diagnosis.count, diagnosis.total) == (GradientProblem.DATA, 1, x.size)
    assert (diagnosis.first, diagnosis.nan_count) == ((3, 7), 0)
