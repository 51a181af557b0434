"""The user's own layers: shapes, parameters and what does not fit are Keras's own; and such a network trains."""

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
from explorer.core.training.checkpoint import load_checkpoint
from explorer.core.training.settings import MODELS, run_settings
from explorer.engine.models.build import build_network
from explorer.engine.training.trainer import Trainer


def own(*rows, **more):
    return run_settings(model="own", layers=[dict(row) for row in rows], **more)


def row(kind, **options):
    return LAYER_KINDS[kind].make_config(**options)


@st.composite
def layers(draw):
    """Stacks of layers of all kinds, many of which do not fit."""
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
def test_shapes_and_parameters_are_keras_own(rows):
    stack = build_layer_specs(own(*rows))
    found = infer_shapes(stack)
    shape = (28, 28)
    for layer, fit in zip(stack, found, strict=True):
        made = getattr(keras.layers, layer.kind)(**layer.options)
        if fit.shape is None:
            assert fit.message.endswith(".")
            # A Dense over pictures is refused though Keras takes it, along their last axis: nobody means that.
            assert len(shape) > 1 if layer.kind == "Dense" else not keras_takes(made, shape)
            break
        output = made(keras.Input(shape))
        assert tuple(output.shape[1:]) == fit.shape, layer
        assert made.count_params() == fit.parameters, layer
        shape = fit.shape
    else:
        model = build_network(own(*rows))
        assert model.count_params() == sum(fit.parameters for fit in found)
        assert [layer.name for layer in model.layers] == [layer.name for layer in stack]


def keras_takes(layer, shape):
    """Whether Keras makes something of such an input."""
    try:
        return all(size > 0 for size in layer(keras.Input(shape)).shape[1:])
    except ValueError:
        return False


@pytest.mark.parametrize("name", MODELS)
def test_the_tutorials_networks_fit(name):
    chosen = run_settings(model=name, batch_norm=True)
    assert shape_error(build_layer_specs(chosen)) == ""
    assert (
        sum(fit.parameters for fit in infer_shapes(build_layer_specs(chosen))) == build_network(chosen).count_params()
    )


@pytest.mark.parametrize(
    ("rows", "says"),
    [
        (
            [row("Dense")],
            r"dense_1: Dense needs a list of numbers, but pictures of 28 × 28 come in: put Flatten before",
        ),
        ([], "probabilities: The ten outputs need a list of numbers"),
        ([row("Conv2D")], r"probabilities: .* 16 pictures of 26 × 26 come in: put Flatten before it"),
        ([row("Flatten"), row("Conv2D")], r"conv_1: Conv2D needs pictures, but 784 numbers in a list come in"),
        (
            [row("MaxPooling2D", pool_size=7), row("Conv2D", kernel_size=5)],
            "filter of 5 × 5 does not fit onto .* 4 × 4",
        ),
        ([*[row("MaxPooling2D", pool_size=5)] * 2, row("MaxPooling2D")], "square of 2 × 2 does not fit .* of 1 × 1"),
        ([row("Flatten"), *[row("Dense", units=4096)] * 2], r"20,000,000 are allowed"),
    ],
)
def test_layers_that_do_not_fit_are_told_in_a_sentence(rows, says):
    chosen = own(*rows)
    with pytest.raises(TrainingError, match=says) as caught:
        build_network(chosen)
    assert str(caught.value) == shape_error(build_layer_specs(chosen))


def test_after_what_does_not_fit_nothing_is_claimed():
    found = infer_shapes(build_layer_specs(own(row("Dense"), row("Flatten"), row("Dense"))))
    assert [fit.shape for fit in found] == [(28, 28, 1), None, None, None, None]
    assert sum(bool(fit.message) for fit in found) == 1


def test_a_kind_that_nobody_knows_does_not_fit():
    assert (
        "no layer that is known"
        in infer_shapes([LayerSpec("Reshape", "a", {"target_shape": (28, 28, 1)}), LayerSpec("LSTM", "b")])[1].message
    )


@pytest.mark.parametrize(
    "value",
    [None, 7, "Dense", {"kind": "Dense"}, [None], [{}], [{"kind": "Lambda"}], [{"kind": 3}], [["Dense"]],
     [row("Flatten")] * (MAX_LAYERS + 1)],
)  # fmt: skip
def test_what_is_no_list_of_layers_is_the_default(value):
    assert check_layers(value) is None
    assert run_settings(model="own", layers=value)["layers"] == list(DEFAULT_LAYERS)


def test_options_are_kept_within_their_bounds_and_others_dropped():
    given = [
        {"kind": "Dense", "units": 10**9, "activation": "evil", "kernel_initializer": "x"},
        {"kind": "Dropout", "rate": float("nan")},
    ]
    assert check_layers(given) == [
        {"kind": "Dense", "units": 4096, "activation": "relu"}, {"kind": "Dropout", "rate": 0.25}
    ]  # fmt: skip


def test_layers_survive_json_and_every_kind_has_words():
    rows = [kind.make_config() for kind in LAYER_KINDS.values()]
    assert check_layers(json.loads(json.dumps(rows))) == rows
    assert layer_config_text(row("Conv2D", padding="same")) == "Conv2D 16 of 3 × 3, relu, same"
    assert len({layer_config_text(one) for one in rows}) == len(LAYER_KINDS)


def test_it_trains_and_goes_on_from_its_checkpoint(tmp_path):
    data = load_sample()
    small = dataclasses.replace(
        data, x_train=data.x_train[:800], y_train=data.y_train[:800],
        x_validation=data.x_validation[:200], y_validation=data.y_validation[:200],
    )  # fmt: skip
    chosen = own(
        row("Conv2D", filters=4, kernel_size=5), row("BatchNormalization"), row("MaxPooling2D", pool_size=3),
        row("Flatten"), row("Dropout"), row("Dense", units=24, activation="tanh"), row("Dropout"), xla="no",
    )  # fmt: skip
    whole = Trainer(chosen, small)
    whole.train(3)
    assert whole.epochs[-1].val_accuracy > 0.6
    cut = Trainer(chosen, small)
    cut.train(2)
    cut.checkpoint("sample").save(tmp_path / "run.npz")
    kept = load_checkpoint(tmp_path / "run.npz")
    again = Trainer(run_settings(**dict(kept.settings)), small, checkpoint=kept)
    again.train(3)
    for one, other in zip(whole.model.get_weights(), again.model.get_weights(), strict=True):
        np.testing.assert_array_equal(one, other)


def test_the_choice_of_xla_is_one_for_each_list_of_layers():
    from explorer.engine.training import trainer

    data = load_sample()
    small = dataclasses.replace(data, x_train=data.x_train[:100], y_train=data.y_train[:100])
    before = len(trainer._choices)
    for units in (3, 4):
        Trainer(own(row("Flatten"), row("Dense", units=units), batch_size=50), small)
    assert len(trainer._choices) == before + 2
