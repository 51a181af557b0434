"""The user's own layers: shapes, parameters and errors equal Keras's, and such a network trains."""

import dataclasses
import json

import keras
import numpy as np
import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from explorer.core.data.dataset import load_sample
from explorer.core.models.architecture import LayerSpec, build_layer_specs
from explorer.core.models.layer_shapes import infer_shapes, shape_error
from explorer.core.models.user_network import DEFAULT_LAYERS, LAYER_KINDS, MAX_LAYERS, check_layers, layer_config_text
from explorer.core.training.callback import TrainingError
from explorer.core.training.checkpoint import Checkpoint, load_checkpoint
from explorer.core.training.settings import MODELS, run_settings
from explorer.engine.models.build import build_network
from explorer.engine.training.trainer import Trainer


def own_settings(*configs, **settings):
    return run_settings(model="own", layers=[dict(config) for config in configs], **settings)


def config(kind, **options):
    return LAYER_KINDS[kind].make_config(**options)


@st.composite
def layers(draw):
    """Stacks of layers of all kinds, many of which do not fit together."""
    found = []
    for _ in range(draw(st.integers(0, 6))):
        kind = LAYER_KINDS[draw(st.sampled_from(sorted(LAYER_KINDS)))]
        options = {}
        for option in kind.options:
            if option.choices:
                options[option.key] = draw(st.sampled_from(option.choices))
            elif isinstance(option.default, int):
                options[option.key] = draw(st.integers(int(option.low), min(int(option.high), 12)))
            else:
                options[option.key] = draw(st.sampled_from([0.0, 0.25, 0.9]))
        found.append(kind.make_config(**options))
    return found


@given(layers())
@hypothesis_settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
def test_shapes_and_parameters_equal_those_of_keras(configs):
    stack = build_layer_specs(own_settings(*configs))
    found = infer_shapes(stack)
    shape = (28, 28)
    for layer, fit in zip(stack, found, strict=True):
        made = getattr(keras.layers, layer.kind)(**layer.options)
        if fit.shape is None:
            assert fit.message.endswith(".")
            # A Dense for images is refused, although Keras applies it to their last axis, which is rarely intended.
            assert len(shape) > 1 if layer.kind == "Dense" else not keras_accepts(made, shape)
            break
        output = made(keras.Input(shape))
        assert tuple(output.shape[1:]) == fit.shape, layer
        assert made.count_params() == fit.parameters, layer
        shape = fit.shape
    else:
        model = build_network(own_settings(*configs))
        assert model.count_params() == sum(fit.parameters for fit in found)
        assert [layer.name for layer in model.layers] == [layer.name for layer in stack]


def keras_accepts(layer, shape):
    """Return whether Keras computes an output for such an input."""
    try:
        return all(size > 0 for size in layer(keras.Input(shape)).shape[1:])
    except ValueError:
        return False


@pytest.mark.parametrize("name", MODELS)
def test_the_layers_of_the_tutorials_networks_fit(name):
    settings = run_settings(model=name, batch_norm=True)
    assert shape_error(build_layer_specs(settings)) == ""
    assert (
        sum(fit.parameters for fit in infer_shapes(build_layer_specs(settings)))
        == build_network(settings).count_params()
    )


@pytest.mark.parametrize(
    ("configs", "message"),
    [
        (
            [config("Dense")],
            r"dense_1: Dense needs a list of numbers, but pictures of 28 × 28 come in: put Flatten before",
        ),
        ([], "probabilities: The ten outputs need a list of numbers"),
        ([config("Conv2D")], r"probabilities: .* 16 pictures of 26 × 26 come in: put Flatten before it"),
        ([config("Flatten"), config("Conv2D")], r"conv_1: Conv2D needs pictures, but 784 numbers in a list come in"),
        (
            [config("MaxPooling2D", pool_size=7), config("Conv2D", kernel_size=5)],
            "filter of 5 × 5 does not fit onto .* 4 × 4",
        ),
        (
            [*[config("MaxPooling2D", pool_size=5)] * 2, config("MaxPooling2D")],
            "square of 2 × 2 does not fit .* of 1 × 1",
        ),
        ([config("Flatten"), *[config("Dense", units=4096)] * 2], r"20,000,000 are allowed"),
    ],
)
def test_layers_that_do_not_fit_raise_an_error(configs, message):
    settings = own_settings(*configs)
    with pytest.raises(TrainingError, match=message) as caught:
        build_network(settings)
    assert str(caught.value) == shape_error(build_layer_specs(settings))


def test_no_shape_is_known_after_a_layer_that_does_not_fit():
    found = infer_shapes(build_layer_specs(own_settings(config("Dense"), config("Flatten"), config("Dense"))))
    assert [fit.shape for fit in found] == [(28, 28, 1), None, None, None, None]
    assert sum(bool(fit.message) for fit in found) == 1


def test_an_unknown_kind_of_layer_does_not_fit():
    assert (
        "no layer that is known"
        in infer_shapes([LayerSpec("Reshape", "a", {"target_shape": (28, 28, 1)}), LayerSpec("LSTM", "b")])[1].message
    )


@pytest.mark.parametrize(
    "value",
    [None, 7, "Dense", {"kind": "Dense"}, [None], [{}], [{"kind": "Lambda"}], [{"kind": 3}], [["Dense"]],
     [config("Flatten")] * (MAX_LAYERS + 1)],
)  # fmt: skip
def test_an_invalid_list_of_layers_is_replaced_by_the_default(value):
    assert check_layers(value) is None
    assert run_settings(model="own", layers=value)["layers"] == list(DEFAULT_LAYERS)


def test_options_are_limited_to_their_bounds_and_unknown_ones_dropped():
    specifications = [
        {"kind": "Dense", "units": 10**9, "activation": "evil", "kernel_initializer": "x"},
        {"kind": "Dropout", "rate": float("nan")},
    ]
    assert check_layers(specifications) == [
        {"kind": "Dense", "units": 4096, "activation": "relu"}, {"kind": "Dropout", "rate": 0.25}
    ]  # fmt: skip


def test_layers_survive_json_and_each_kind_has_a_text():
    configs = [kind.make_config() for kind in LAYER_KINDS.values()]
    assert check_layers(json.loads(json.dumps(configs))) == configs
    assert layer_config_text(config("Conv2D", padding="same")) == "Conv2D 16 of 3 × 3, relu, same"
    assert len({layer_config_text(each) for each in configs}) == len(LAYER_KINDS)


def test_own_layers_train_and_continue_from_a_checkpoint(tmp_path):
    data = load_sample()
    small = dataclasses.replace(
        data, x_train=data.x_train[:800], y_train=data.y_train[:800],
        x_validation=data.x_validation[:200], y_validation=data.y_validation[:200],
    )  # fmt: skip
    settings = own_settings(
        config("Conv2D", filters=4, kernel_size=5), config("BatchNormalization"), config("MaxPooling2D", pool_size=3),
        config("Flatten"), config("Dropout"), config("Dense", units=24, activation="tanh"), config("Dropout"), xla="no",
    )  # fmt: skip
    complete = Trainer(settings, small)
    complete.train(3)
    assert complete.epochs[-1].val_accuracy > 0.6
    interrupted = Trainer(settings, small)
    interrupted.train(2)
    Checkpoint(interrupted.record("sample"), interrupted.variables()).save(tmp_path / "a.run")
    checkpoint = load_checkpoint(tmp_path / "a.run")
    continued = Trainer(run_settings(**checkpoint.record.settings), small, checkpoint=checkpoint)
    assert len(continued.epochs) == 2
    continued.train(3)
    assert len(continued.epochs) == 3
    for one, other in zip(complete.model.get_weights(), continued.model.get_weights(), strict=True):
        np.testing.assert_array_equal(one, other)


def test_xla_is_chosen_once_for_each_list_of_layers():
    from explorer.engine.training import trainer

    data = load_sample()
    small = dataclasses.replace(data, x_train=data.x_train[:100], y_train=data.y_train[:100])
    before = len(trainer._choices)
    for units in (3, 4):
        Trainer(own_settings(config("Flatten"), config("Dense", units=units), batch_size=50), small)
    assert len(trainer._choices) == before + 2
