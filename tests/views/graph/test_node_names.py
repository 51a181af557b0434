"""The names on the screen are those of a graph that is built directly with TensorFlow."""

import pytest
import tensorflow as tf

tf1 = tf.compat.v1

DIRECT = {
    "sin(2*x)": lambda x, y: tf.sin(2 * x),
    "x*y + sin(x)": lambda x, y: x * y + tf.sin(x),
    "tanh(x)/x": lambda x, y: tf.tanh(x) / x,
    "exp(-x^2) - y": lambda x, y: tf.exp(-(x**2)) - y,
    "sigmoid(x*y)": lambda x, y: tf.sigmoid(x * y),
}


@pytest.mark.parametrize("text", DIRECT)
def test_ops_on_the_screen_are_those_of_tf_gradients(ui, text):
    ui.type(text)
    ui.click("depthSwitch_full")
    names = list(ui.sessions.autodiff.trace.variables)
    with tf.Graph().as_default() as graph:
        inputs = {name: tf1.placeholder(tf.float32, (), name=name) for name in names}
        y = DIRECT[text](inputs["x"], inputs.get("y"))
        gradients = tf.gradients(y, list(inputs.values()))
        feeds = {inputs[name]: 1.0 for name in names}
        with tf1.Session(graph=graph) as session:
            values = session.run(gradients, feeds)
    shown = {item.box.id for item in ui.find("graphView")._scene_items.boxes()} - {"output:"}
    types = {
        node.id: node.type for node in (*ui.sessions.autodiff.trace.nodes, *ui.sessions.autodiff.trace.gradient_nodes)
    }
    direct = {op.name: op.type for op in graph.get_operations()}
    assert shown <= set(direct)
    assert {name: types[name] for name in shown} == {name: direct[name] for name in shown}
    ui.click("stepLastButton")
    for name, tensor, value in zip(names, gradients, values, strict=True):
        assert ui.sessions.autodiff.trace.gradients[name].tensor == tensor.name
        assert ui.values[tensor.name] == pytest.approx(float(value), rel=1e-6)
