"""A sum of gradients belongs to the op whose gradients TensorFlow sums, which is recorded here independently."""

import keras
import pytest
import tensorflow as tf
from tensorflow.python.ops import gradients_util

from explorer.engine.network_graph.sources import create_model
from explorer.engine.network_graph.tracing import trace_network

LAYERS = keras.layers


def transformer_block():
    image = keras.Input((6, 8))
    x = LAYERS.LayerNormalization()(LAYERS.Add()([image, LAYERS.MultiHeadAttention(2, 4)(image, image)]))
    y = LAYERS.Dense(8)(LAYERS.Dense(16, activation="gelu")(x))
    x = LAYERS.LayerNormalization()(LAYERS.Add()([x, y]))
    return keras.Model(image, LAYERS.Dense(3, activation="softmax")(LAYERS.GlobalAveragePooling1D()(x)))


def u_net():
    image = keras.Input((16, 16, 1))
    a = LAYERS.Conv2D(4, 3, padding="same", activation="relu")(image)
    b = LAYERS.Conv2D(6, 3, padding="same", activation="silu")(LAYERS.MaxPooling2D()(a))
    c = LAYERS.Conv2D(8, 3, padding="same", activation="relu")(LAYERS.MaxPooling2D()(b))
    d = LAYERS.Concatenate()([LAYERS.UpSampling2D()(c), b])
    e = LAYERS.Concatenate()([LAYERS.Conv2DTranspose(4, 2, strides=2)(LAYERS.Conv2D(6, 3, padding="same")(d)), a])
    return keras.Model(image, LAYERS.Dense(2, activation="softmax")(LAYERS.Flatten()(LAYERS.Conv2D(4, 3)(e))))


def unrolled_lstm():
    return keras.Sequential(
        [keras.Input((5, 3)), LAYERS.LSTM(4, unroll=True, return_sequences=True), LAYERS.GRU(4, unroll=True),
         LAYERS.Dense(2, activation="softmax")]
    )  # fmt: skip


def shared_layers():
    """Layers that are called several times: gradients of their weights are summed, too."""
    image = keras.Input((8,))
    shared, norm = LAYERS.Dense(8, activation="silu"), LAYERS.BatchNormalization()
    x = norm(shared(norm(shared(shared(image)))))
    return keras.Model(image, LAYERS.Dense(3, activation="softmax")(LAYERS.Add()([x, image, x])))


def loops():
    words = keras.Input((7,), dtype="int32")
    x = LAYERS.Bidirectional(LAYERS.LSTM(4, return_sequences=True))(LAYERS.Embedding(20, 6)(words))
    x = LAYERS.Add()([x, LAYERS.GRU(8, return_sequences=True)(x)])
    return keras.Model(words, LAYERS.Dense(2, activation="softmax")(LAYERS.GlobalMaxPooling1D()(x)))


class Calls(keras.layers.Layer):
    """A layer that calls a function twice, which calls another one; what each returns is used several times."""

    def build(self, shape):
        self.kernel = self.add_weight(shape=(shape[-1], shape[-1]), name="kernel")

    def call(self, x):
        @tf.function(autograph=False)
        def inner(x):
            y = tf.matmul(x, self.kernel)
            return tf.sin(y) + y * y

        @tf.function(autograph=False)
        def outer(x):
            y = inner(x)
            return y * tf.exp(-y) + inner(y + x), tf.nn.silu(y)

        a, b = outer(x)
        return outer(a * b)[0] + a


def calls():
    image = keras.Input((8,))
    x = LAYERS.Dense(8, activation="tanh")(image)
    return keras.Model(image, LAYERS.Dense(3, activation="softmax")(LAYERS.Add()([Calls()(x), x])))


SMALL = (transformer_block, u_net, unrolled_lstm, shared_layers, loops, calls)

LARGE = ("ResNet50", "MobileNetV2", "DenseNet121")


@pytest.fixture
def aggregations(monkeypatch):
    """Return a list that has, for each aggregation, the op, the index of its output, the summands and the total."""
    found = []
    original = gradients_util._AggregatedGrads

    def record(grads, op, *rest, **options):
        arrived = [list(one) if isinstance(one, list) else [one] for one in gradients_util._GetGrads(grads, op)]
        totals = original(grads, op, *rest, **options)
        found.extend((op, index, arrived[index], total) for index, total in enumerate(totals) if total is not None)
        return totals

    monkeypatch.setattr(gradients_util, "_AggregatedGrads", record)
    return found


def assert_sums_are_those_of(aggregations, traced):
    """Compare all sums of the graph itself, and the total gradients of all tensors."""
    graph = traced.graph
    summed, totals = {}, {}
    for op, index, summands, total in aggregations:
        if op.graph is not traced.function.graph or isinstance(total, tf.IndexedSlices):
            continue
        totals[op.outputs[index].name] = total.name
        if len(summands) > 1:
            assert total.op.type == "AddN"
            assert list(total.op.inputs) == summands
            summed[total.op.name] = op
        else:
            assert total is summands[0]
    outer = {op.name for op in traced.function.graph.get_operations() if op.type == "AddN"}
    assert set(summed) == {name for name in outer if name.startswith("gradients/") and "_grad/" not in name}
    by_name = {node["id"]: node for node in graph.to_json()["nodes"]}
    for name, op in summed.items():
        if op.name in graph.by_name:  # otherwise it is a call, which is inlined
            expected = graph.owner_of[op.name] if op.name in graph.helper_kinds else op.name
            assert by_name[name]["forward"] == expected, name
            assert by_name[name]["group"] == "/".join(graph.by_name[expected].path)
    by_position = {
        tensor: traced.gradients.get(tensor) for tensor in totals if tensor.partition(":")[0] in graph.by_name
    }
    inside = tuple(f"{op.name}/" for op in traced.function.graph.get_operations() if "PartitionedCall" in op.type)
    for tensor, gradient in by_position.items():
        total = totals[tensor]
        if total.partition(":")[0] in graph.by_name:
            assert gradient == total
        else:  # an output of a call
            assert gradient.startswith(inside)
    assert set(traced.gradients) - set(totals) <= {name for name in traced.gradients if name.startswith(inside)}
    return summed


@pytest.mark.parametrize("build", SMALL)
def test_a_sum_belongs_to_the_op_whose_gradients_it_sums(build, aggregations):
    traced = trace_network(build(), 2)
    assert assert_sums_are_those_of(aggregations, traced)


@pytest.mark.slow
@pytest.mark.parametrize("name", LARGE)
def test_a_sum_of_a_large_network_belongs_to_the_op_whose_gradients_it_sums(name, aggregations):
    traced = trace_network(create_model(f"keras:{name}"), 2)
    assert len(assert_sums_are_those_of(aggregations, traced)) > 50


def test_a_sum_in_a_called_function_belongs_to_an_op_of_the_same_call(aggregations):
    """Each summand is a gradient that goes back from an op to which the summed tensor goes."""
    traced = trace_network(calls(), 2)
    graph = traced.graph
    inside = [op for op in graph.ops if op.type == "AddN" and op.backward and "PartitionedCall" in op.id]
    recorded = sum(len(summands) > 1 for op, _, summands, _ in aggregations if op.graph is not traced.function.graph)
    assert recorded
    assert len(inside) >= recorded  # a function that is called twice stands there twice
    users = {}
    for edge in graph.edges_between_shown(helpers=True, backward=False):
        users.setdefault(edge.source, set()).add(edge.target)

    def origins(tensor):
        """Return the forward ops from which a gradient comes, through copies and sums in other calls."""
        op = graph.by_name[tensor.partition(":")[0]]
        if op.type in ("Identity", "AddN"):
            return {name for each in op.inputs for name in origins(each)}
        return {graph.forward_op_of[op.id]}

    def reached(name):
        """Return the ops to which the output of an op goes, also through ops that pass gradients on unchanged."""
        direct = users.get(name, set())
        unchanged = {user for user in direct if graph.by_name[user].type in ("AddV2", "Identity", "ReadVariableOp")}
        return direct.union(*(reached(user) for user in unchanged))

    for op in inside:
        assert graph.forward_op_of[op.id] in (op.forward, graph.owner_of.get(op.forward))
        for summand in op.inputs:
            assert origins(summand) & reached(op.forward), (op.id, op.forward, summand)
