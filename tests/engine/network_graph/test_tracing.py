"""The training graph of a network is TensorFlow's own, and its values equal those of GradientTape and NumPy."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from explorer.core.data.dataset import load_sample
from explorer.core.network_graph.graph import ancestry
from explorer.core.network_graph.sources import APPLICATIONS
from explorer.core.network_graph.visible_graph import build_visible_graph
from explorer.core.training.settings import MODELS, run_settings
from explorer.engine.models.build import build_network
from explorer.engine.network_graph.sources import create_model, trace_model
from explorer.engine.network_graph.tracing import trace_network
from explorer.engine.network_graph.values import GraphValues, combine_statistics, dead_fraction, statistics

LARGE_NETWORKS = ("ResNet50", "MobileNetV2", "DenseNet121")


@pytest.fixture(scope="module", params=MODELS)
def traced(request):
    return trace_model(create_model(request.param), request.param)


@pytest.fixture(scope="module")
def batch():
    data = load_sample()
    return np.float32(data.x_train[:32]) / 255, np.int32(data.y_train[:32])


def mean_loss(_images, labels, outputs):
    return tf.reduce_mean(keras.losses.sparse_categorical_crossentropy(labels, outputs))


def traced_operations(model, x, y, loss_of=mean_loss):
    """Return the ops of the same step, written independently here and traced by TensorFlow."""

    @tf.function(autograph=False)
    def step(images, labels):
        outputs = model(images, training=True)
        with tf.name_scope("loss"):
            loss = loss_of(images, labels, outputs)
        return loss, tf.gradients(loss, [weight.value for weight in model.trainable_variables])

    graph = step.get_concrete_function(
        tf.TensorSpec(x.shape, tf.float32, "images"), tf.TensorSpec(y.shape, tf.int32, "labels")
    ).graph
    return graph.get_operations()


def assert_same_ops(graph, operations):
    assert [(op.id, op.type, list(op.inputs)) for op in graph.ops] == [
        (op.name, op.type, [tensor.name for tensor in op.inputs]) for op in operations
    ]
    json = graph.to_json()
    assert json["ops"] == len(operations)
    assert json["edges"] == sum(len(op.inputs) for op in operations)
    assert len(json["nodes"]) + sum(json["hidden"].values()) == json["ops"]
    listed = {node["id"] for node in json["nodes"]}
    assert len(listed) == len(json["nodes"])
    groups = {group["id"]: group for group in json["groups"]}
    assert all(node["group"] in groups for node in json["nodes"])
    assert all(node["forward"] is None or node["forward"] in listed for node in json["nodes"])
    assert all(group["parent"] is None or group["parent"] in groups for group in groups.values())
    # Every op in exactly one group: those without a parent together have all of them.
    assert sum(group["ops"] for group in groups.values() if group["parent"] is None) == json["ops"]
    for node in json["nodes"]:
        backward = node["id"].startswith("gradients/")
        assert (node["forward"] is not None) == backward, node
        if backward:
            assert node["group"] == graph.group_of[node["forward"]]
    by_name = {op.name: op for op in operations}
    for node in json["nodes"]:
        output = by_name[node["id"]].outputs[:1]
        assert node["shape"] == (output[0].shape.as_list() if output else None)
        assert node["dtype"] == (output[0].dtype.name if output else None)


def test_ops_and_types_are_those_of_tensorflow(traced, batch):
    assert_same_ops(traced.graph, traced_operations(build_network(run_settings(model=traced.graph.model)), *batch))


def test_a_backward_op_belongs_to_the_forward_op_that_tensorflow_names(traced):
    graph = traced.graph
    known = {op.name: op for op in traced.function.graph.get_operations()}
    named = 0
    for name, forward in graph.forward_op_of.items():
        if known[name].type == "AddN" or name in graph.helper_kinds:
            continue
        try:
            forward_ops = {text.decode().removeprefix("loc:@") for text in known[name].get_attr("_class")}
        except ValueError:
            continue
        named += 1
        assert forward in {graph.owner_of.get(op) or op for op in forward_ops}, name
    assert named > 3


def test_parameters_are_those_of_keras(traced):
    total = sum(group.parameters for group in traced.graph.groups.values() if group.parent is None)
    assert total == traced.model.count_params()


def test_gradients_are_those_of_gradient_tape(traced, batch):
    x, y = batch
    with tf.GradientTape() as tape:
        loss = tf.reduce_mean(keras.losses.sparse_categorical_crossentropy(y, traced.model(x, training=True)))
    expected = tape.gradient(loss, [weight.value for weight in traced.model.trainable_variables])
    values = GraphValues(traced).run(x, y, [f"{traced.loss}:0", *(g for _, g in traced.weights.values())])
    assert values[f"{traced.loss}:0"] == pytest.approx(float(loss), rel=1e-6)
    assert len(traced.weights) == len(expected)
    for weight, gradient in zip(traced.model.trainable_variables, expected, strict=True):
        group, tensor = traced.weights[weight.path]
        assert group.endswith(weight.path.split("/")[-2])
        np.testing.assert_allclose(values[tensor], gradient, rtol=1e-4, atol=1e-7)


def test_the_gradient_of_an_embedding_is_summed_by_words():
    """TensorFlow keeps a gradient for each word of the batch, and words occur several times in it."""
    words, embedding = keras.Input((9,), dtype="int32"), keras.layers.Embedding(5, 4, name="embedding")
    both = keras.layers.Add()([embedding(words), embedding(keras.ops.flip(words, axis=1))])
    outputs = keras.layers.Dense(3, activation="softmax")(keras.layers.GlobalAveragePooling1D()(both))
    model = keras.Model(words, outputs)
    traced = trace_network(model, 6)
    inputs, labels = traced.batch.inputs, traced.batch.labels
    with tf.GradientTape() as tape:
        predicted = model(inputs[0], training=True)
        loss = tf.reduce_mean(keras.losses.sparse_categorical_crossentropy(labels[0], predicted))
    expected = tf.convert_to_tensor(tape.gradient(loss, embedding.embeddings.value)).numpy()
    group, gradient = traced.weights[embedding.embeddings.path]
    assert group == "embedding"
    values = GraphValues(traced)
    np.testing.assert_allclose(values.run(inputs, labels, [gradient])[gradient], expected, rtol=1e-4, atol=1e-7)
    summed = values.summarize(inputs, labels, [gradient], lambda _name, value: statistics(value))[gradient]
    assert summed["count"] == expected.size
    assert summed["norm"] == pytest.approx(np.linalg.norm(expected), rel=1e-4)


def test_the_gradient_of_a_layers_output_is_that_of_gradient_tape(traced, batch):
    x, y = batch
    model, graph = traced.model, traced.graph
    with tf.GradientTape(persistent=True) as tape:
        output, outputs = tf.constant(x), {}
        tape.watch(output)
        for layer in model.layers[:-1]:
            output = layer(output, training=True)
            outputs[layer.name] = output
        loss = tf.reduce_mean(keras.losses.sparse_categorical_crossentropy(y, model.layers[-1](output)))
    gradients = {
        name: traced.gradients.get(graph.group_outputs[name]) for name in outputs if name in graph.group_outputs
    }
    values = GraphValues(traced).run(x, y, [name for name in gradients.values() if name is not None])
    compared = 0
    for name, tensor in gradients.items():
        if tensor is not None:
            expected = tape.gradient(loss, outputs[name])
            np.testing.assert_allclose(values[tensor], expected, rtol=1e-4, atol=1e-7)
            compared += 1
    assert compared >= (0 if traced.graph.model == "logistic" else 1)


def test_the_box_that_is_marked_as_logits_is_the_input_of_the_softmax(traced, batch):
    """The loss is computed from it; its softmax is the output of the Keras model."""
    x, y = batch
    visible = build_visible_graph(traced.graph, ())
    (box,) = [node for node in visible.nodes if node.logits]
    assert box.id == traced.model.layers[-1].name
    logits = GraphValues(traced).run(x, y, [box.tensor])[box.tensor]
    np.testing.assert_allclose(keras.ops.softmax(logits), traced.model(x), rtol=1e-4, atol=1e-7)


def test_every_step_has_a_box_and_follows_the_boxes_behind_it(traced):
    for level in (0, 1):
        visible = build_visible_graph(traced.graph, traced.graph.open_at_level(level), traced.order)
        names = {node.id for node in visible.nodes}
        assert set(visible.steps) <= names
        assert visible.steps[0] in (*ancestry("loss"), traced.loss)
        # In the backward pass a box follows all boxes that take its output.
        step_numbers = {name: number for number, name in enumerate(visible.steps)}
        for edge in visible.edges:
            if edge.source in step_numbers and edge.target in step_numbers:
                assert step_numbers[edge.target] < step_numbers[edge.source]


def test_running_for_values_changes_nothing_that_a_training_step_changes(batch):
    model = build_network(run_settings(model="mlp", batch_norm=True, dropout=0.3))
    traced = trace_network(model)
    before = [np.array(weight) for weight in model.get_weights()]
    tensors = [f"{traced.loss}:0", *(gradient for _, gradient in traced.weights.values())]
    values = GraphValues(traced)
    first = values.run(*batch, tensors)
    assert not values.prepared
    second = values.run(*batch, tensors)
    assert values.prepared
    for a, b in zip(before, model.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)
    for name in tensors:
        np.testing.assert_array_equal(first[name], second[name])


@pytest.mark.parametrize("settings", [{"l2": 0.01}, {"batch_norm": True}, {"dropout": 0.5}])
def test_other_settings_of_a_run_can_be_traced(settings):
    graph = trace_network(build_network(run_settings(model="mlp", **settings))).graph
    assert all(graph.forward_op_of.get(op.id) for op in graph.shown_ops if op.backward)
    assert all(graph.group_of[op.id] in graph.groups for op in graph.ops)


def test_nested_functions_are_inlined(batch):
    """Keras builds a grouped convolution as a function of its own."""
    image = keras.Input((28, 28))
    x = keras.layers.Conv2D(4, 3, activation="relu")(keras.layers.Reshape((28, 28, 1))(image))
    x = keras.layers.Conv2D(6, 3, groups=2, name="grouped")(x)
    model = keras.Model(image, keras.layers.Dense(10, activation="softmax")(keras.layers.Flatten()(x)))
    traced = trace_network(model)
    graph = traced.graph
    outer = traced.function.graph.get_operations()
    assert any(op.type == "StatefulPartitionedCall" for op in outer)  # otherwise nothing is tested
    assert not any("Call" in op.type for op in graph.ops)
    assert sorted(op.type for op in graph.ops if op.type.startswith("Conv2D")) == [
        "Conv2D", "Conv2D", "Conv2DBackpropFilter", "Conv2DBackpropFilter", "Conv2DBackpropInput", "Conv2DBackpropInput"
    ]  # fmt: skip
    inner = next(op for op in graph.ops if op.type == "Conv2D" and "grouped" in op.id)
    assert inner.inputs[0].endswith("Relu:0")
    for op in graph.shown_ops:
        if op.backward and "grouped" in op.id and op.type.startswith("Conv2D"):
            assert graph.forward_op_of[op.id] == inner.id
        assert all(name.partition(":")[0] in graph.by_name for name in op.inputs)
    x, y = batch
    with tf.GradientTape() as tape:
        loss = tf.reduce_mean(keras.losses.sparse_categorical_crossentropy(y, model(x, training=True)))
    expected = tape.gradient(loss, [weight.value for weight in model.trainable_variables])
    output = graph.group_outputs["grouped"]
    values = GraphValues(traced).run(x, y, [output, *(gradient for _, gradient in traced.weights.values())])
    assert values[output].shape == (32, 24, 24, 6)
    for weight, gradient in zip(model.trainable_variables, expected, strict=True):
        np.testing.assert_allclose(values[traced.weights[weight.path][1]], gradient, rtol=1e-3, atol=1e-6)


@pytest.mark.slow
@pytest.mark.parametrize("name", LARGE_NETWORKS)
def test_networks_of_keras_are_complete(name):
    traced = trace_model(create_model(f"keras:{name}"), f"keras:{name}")
    shape, labels = (spec.shape for spec in traced.specs)
    traced.model.compile(loss="sparse_categorical_crossentropy")  # the loss that is assumed, as Keras computes it
    operations = traced_operations(traced.model, np.empty(shape), np.empty(labels), traced.model.compute_loss)
    # Name scopes of the second trace are numbered anew, so only types are compared.
    assert [op.type for op in traced.graph.ops] == [op.type for op in operations]
    assert_same_ops(traced.graph, traced.function.graph.get_operations())
    total = sum(group.parameters for group in traced.graph.groups.values() if group.parent is None)
    assert total == traced.model.count_params()
    if name == "ResNet50":
        assert len(operations) > 6800


@pytest.mark.slow
@pytest.mark.parametrize("name", APPLICATIONS)
def test_the_first_view_of_every_listed_network_is_small(name):
    graph = trace_model(create_model(f"keras:{name}"), f"keras:{name}").graph
    boxes = build_visible_graph(graph, ()).nodes
    assert 8 <= len(boxes) <= 60
    json = graph.to_json()
    assert (
        sum(group["ops"] for group in json["groups"] if group["parent"] is None) == json["ops"]
    )  # each op in one group
    assert len(json["nodes"]) + sum(json["hidden"].values()) == json["ops"]
    assert max(box.ops for box in boxes) < 0.6 * json["ops"]  # not everything in one box


UNLISTED_NETWORKS = ("EfficientNetV2B0", "InceptionResNetV2", "MobileNet", "MobileNetV3Small", "ResNet101V2")
"""One network of each family that is not listed; the others have the same structure, and take a minute each."""


@pytest.mark.slow
@pytest.mark.parametrize("name", UNLISTED_NETWORKS)
def test_the_first_view_of_unlisted_networks_is_small(name):
    graph = trace_model(create_model(f"keras:{name}"), f"keras:{name}").graph
    boxes = build_visible_graph(graph, ()).nodes
    assert 8 <= len(boxes) <= 60
    assert max(box.ops for box in boxes) < 0.8 * len(graph.ops)  # conv4 is most of a ResNet152


def test_statistics_are_those_of_numpy():
    rng = np.random.default_rng(3)
    value = np.float32(rng.normal(2.0, 3.0, (300, 700)))
    value[:10] = 0
    result = statistics(value)
    exact = value.astype(np.float64)
    assert result["mean"] == pytest.approx(exact.mean())
    assert result["std"] == pytest.approx(exact.std())
    assert result["norm"] == pytest.approx(np.linalg.norm(exact))
    assert result["zeros"] == pytest.approx(np.mean(exact == 0))
    assert (result["min"], result["max"], result["count"], result["nan"]) == (exact.min(), exact.max(), exact.size, 0)
    value[5, 5:8] = np.nan, np.inf, -np.inf
    result = statistics(value)
    assert result["nan"] == 3
    assert result["mean"] == pytest.approx(value[np.isfinite(value)].mean(dtype=np.float64))
    assert statistics(np.full(4, np.nan)) == {"count": 4, "nan": 4}
    parts = [np.float32(rng.normal(size=50)), np.float32(rng.normal(5.0, size=(3, 40)))]
    both, complete = (
        combine_statistics([statistics(part) for part in parts]),
        np.concatenate([part.ravel() for part in parts]),
    )
    expected = statistics(complete)
    assert both == pytest.approx(expected)


def test_a_unit_is_dead_when_it_is_zero_for_every_image():
    value = np.ones((4, 5))
    value[:, 1] = 0
    value[:3, 2] = 0
    assert dead_fraction(value) == pytest.approx(0.2)
    maps = np.zeros((2, 3, 3, 4))
    maps[1, 2, 2, 0] = 1
    assert dead_fraction(maps) == pytest.approx(0.75)
