"""The batch of a network's graph: the images that fit, the first examples of a file, or random numbers."""

import keras
import numpy as np
import pytest

from explorer.core.data.dataset import load_sample
from explorer.core.errors import UserError
from explorer.core.network_graph.losses import LabelForm
from explorer.engine.network_graph.batch import BatchBuilder, Images
from explorer.engine.network_graph.label_forms import fit_labels
from explorer.engine.network_graph.losses import find_loss, label_forms
from tests.engine.models.people import PEOPLE

L, ops = keras.layers, keras.ops
SAMPLE = load_sample()
IMAGES = Images(SAMPLE.x_train, SAMPLE.y_train, 10, SAMPLE.name)
UNIT = np.float32(SAMPLE.x_train[:32]) / 255


def builder(model, loss="", **options):
    return BatchBuilder(model, label_forms(model, find_loss(model, loss)), **options)


def file(path, **arrays):
    np.savez(path / "data.npz", **arrays)
    return str(path / "data.npz")


def sequential(*layers):
    return keras.Sequential(list(layers))


# -- the images of the tab Data -----------------------------------------------------------------------


@pytest.mark.parametrize("shape", [(28, 28), (28, 28, 1), (1, 28, 28), (784,), (784, 1)])
def test_images_fit_inputs_of_their_size(shape):
    batch = builder(sequential(L.Input(shape), L.Flatten(), L.Dense(10, activation="softmax"))).build(IMAGES)
    np.testing.assert_array_equal(batch.inputs[0], UNIT.reshape(32, *shape))
    np.testing.assert_array_equal(batch.labels[0], SAMPLE.y_train[:32])
    assert (batch.info["source"], batch.info["is_random"]) == ("data", False)
    assert batch.info["title"] == f"32 images of {IMAGES.title}, pixels / 255"


@pytest.mark.parametrize(
    ("layers", "loss"),
    [
        ((L.Input((32, 32, 3)), L.Flatten(), L.Dense(10, activation="softmax")), ""),  # another size
        ((L.Input((28, 28)), L.Flatten(), L.Dense(5, activation="softmax")), ""),  # other classes
        ((L.Input((28, 28)), L.Flatten(), L.Dense(26, activation="softmax")), ""),
        ((L.Input((28, 28)), L.Flatten(), L.Dense(1, activation="sigmoid")), ""),  # labels are 0 to 9
        ((L.Input((784,), dtype="int32"), L.Embedding(300, 2), L.Flatten(), L.Dense(10, activation="softmax")), ""),
        ((L.Input((49, 16)), L.Flatten(), L.Dense(10, activation="softmax")), ""),  # the same number of pixels
        ((L.Input((28, 28)), L.Flatten(), L.Dense(3)), "mse"),
    ],
)
def test_images_that_do_not_fit_are_not_sent(layers, loss):
    batch = builder(sequential(*layers), loss).build(IMAGES)
    assert (batch.info["source"], batch.info["is_random"]) == ("random", True)


def test_the_target_of_an_autoencoder_is_its_image():
    batch = builder(PEOPLE["autoencoder"](), "mse").build(IMAGES)
    np.testing.assert_array_equal(batch.labels[0], UNIT)


def test_a_network_that_scales_is_fed_bytes():
    batch = builder(PEOPLE["rescaling"]()).build(IMAGES)
    np.testing.assert_array_equal(batch.inputs[0][..., 0], SAMPLE.x_train[:32])
    assert "scales by itself" in batch.info["description"]
    raw = builder(PEOPLE["lstm"](), is_raw=True).build(IMAGES)
    np.testing.assert_array_equal(raw.inputs[0], SAMPLE.x_train[:32])
    assert raw.info["description"].endswith("pixels from 0 to 255")


# -- labels -------------------------------------------------------------------------------------------

CLASSES = np.array([3, 0, 1, 2, 2, 1])
ONE_HOT = np.eye(4)[CLASSES]


@pytest.mark.parametrize("dtype", [np.uint8, np.int64, np.float32, np.float64])
@pytest.mark.parametrize("given", [CLASSES, CLASSES[:, None], ONE_HOT], ids=["(n,)", "(n, 1)", "one-hot"])
def test_class_numbers_and_one_hot_labels_become_each_other(given, dtype):
    given = given.astype(dtype)
    numbers = fit_labels(given, LabelForm.CLASS, (4,), "y")
    np.testing.assert_array_equal(numbers, CLASSES)
    assert numbers.dtype == np.int32
    for form in (LabelForm.ONE_HOT, LabelForm.BINARY, LabelForm.NUMBER):
        full = fit_labels(given, form, (4,), "y")
        np.testing.assert_array_equal(full, ONE_HOT)
        assert full.dtype == np.float32


@pytest.mark.parametrize("given", [CLASSES > 1, (CLASSES > 1)[:, None], np.float32(CLASSES > 1)])
def test_true_and_false_become_numbers(given):
    np.testing.assert_array_equal(fit_labels(given, LabelForm.BINARY, (1,), "y"), (CLASSES > 1)[:, None])
    np.testing.assert_array_equal(fit_labels(given, LabelForm.CLASS, (2,), "y"), CLASSES > 1)


def test_labels_of_each_step_of_a_sequence_have_the_forms_too():
    given = np.array([[0, 1, 2], [2, 2, 0]])
    np.testing.assert_array_equal(fit_labels(given, LabelForm.CLASS, (3, 4), "y"), given)
    np.testing.assert_array_equal(fit_labels(np.eye(4)[given], LabelForm.CLASS, (3, 4), "y"), given)
    np.testing.assert_array_equal(fit_labels(given, LabelForm.ONE_HOT, (3, 4), "y"), np.eye(4)[given])
    np.testing.assert_array_equal(fit_labels(given, LabelForm.SEQUENCE, (5, 4), "y"), given)


@pytest.mark.parametrize(
    ("given", "form", "shape", "message"),
    [
        (CLASSES, LabelForm.CLASS, (3,), r"go from 0 to 3, but the output has 3 classes, 0 to 2"),
        (CLASSES - 1, LabelForm.CLASS, (4,), r"go from -1 to 2"),
        (CLASSES + 0.5, LabelForm.CLASS, (4,), r"must be whole numbers"),
        (ONE_HOT * 0.5, LabelForm.CLASS, (4,), r"shape \(6, 4\), so its labels must be one-hot"),
        (ONE_HOT, LabelForm.CLASS, (5,), r"shape \(6, 4\), but \(n,\) is needed, or one-hot \(n, 5\)"),
        (CLASSES, LabelForm.BINARY, (1,), r"go from 0 to 3, but the loss needs them from 0 to 1"),
        (ONE_HOT, LabelForm.NUMBER, (3,), r"shape \(6, 4\), but the output has \(n, 3\)"),
        (ONE_HOT, LabelForm.SEQUENCE, (3, 5), r"but \(n, up to 3\) is needed"),
    ],
)
def test_labels_that_do_not_fit_are_a_sentence_with_what_is_needed(given, form, shape, message):
    with pytest.raises(UserError, match=message):
        fit_labels(given, form, shape, "y_train of d.npz")


@pytest.mark.parametrize("dtype", [np.uint8, np.int64, np.float32])
@pytest.mark.parametrize("ignored", [255, -1, 1])
def test_a_class_that_does_not_count_may_be_any_number(ignored, dtype):
    given = np.where(CLASSES == 1, ignored, CLASSES).astype(dtype)
    ignored = int(given[2])  # -1 as a byte is 255
    limits = float(given.min()), float(given.max())
    numbers = fit_labels(given, LabelForm.CLASS, (4,), "y", limits, ignored=ignored)
    np.testing.assert_array_equal(numbers, given)
    np.testing.assert_array_equal(fit_labels(given[2:3], LabelForm.CLASS, (4,), "y", limits, ignored=ignored), ignored)
    with pytest.raises(UserError, match="go from 0 to 3, but the output has 3 classes"):
        fit_labels(given, LabelForm.CLASS, (3,), "y", limits, ignored=ignored)


# -- files --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("order", ["C", "F"])
def test_floats_are_fed_as_they_are_stored_and_bytes_divided(order, tmp_path):
    model = sequential(L.Input((4, 3)), L.Flatten(), L.Dense(10, activation="softmax"))
    floats = np.asarray(np.random.default_rng(1).normal(size=(50, 4, 3)), order=order)
    labels = np.arange(50) % 10
    batch = builder(model).build(path=file(tmp_path, x_train=floats, y_train=labels))
    np.testing.assert_array_equal(batch.inputs[0], floats[:32].astype(np.float32))
    np.testing.assert_array_equal(batch.labels[0], labels[:32])
    assert batch.info["description"] == "the first 32 examples of data.npz"
    pixels = np.asarray(np.random.default_rng(1).integers(0, 256, (20, 4, 3)), np.uint8, order=order)
    batch = builder(model).build(path=file(tmp_path, x_train=pixels, y_train=labels[:20]))
    np.testing.assert_array_equal(batch.inputs[0], np.float32(pixels) / 255)
    assert batch.info["description"] == "all 20 examples of data.npz, pixels / 255"


def test_several_inputs_and_outputs_are_found_by_name(tmp_path):
    model, rng = PEOPLE["two_inputs"](), np.random.default_rng(1)
    arrays = {"x_train_image": rng.random((40, 28, 28)), "x_train_hint": rng.random((40, 10)), "y_train": np.ones(40)}
    batch = builder(model).build(path=file(tmp_path, **arrays))
    np.testing.assert_array_equal(batch.inputs[0], np.float32(arrays["x_train_image"][:32]))
    np.testing.assert_array_equal(batch.inputs[1], np.float32(arrays["x_train_hint"][:32]))
    del arrays["x_train_hint"]
    with pytest.raises(UserError, match="lacks x_train_hint for the input “hint”; it has x_train_image"):
        builder(model).build(path=file(tmp_path, **arrays))
    model = PEOPLE["two_outputs"]()
    arrays = {"x_train": rng.random((40, 28, 28)), "y_train_digit": np.full(40, 7), "y_train_even": np.zeros(40, bool)}
    batch = builder(model).build(path=file(tmp_path, **arrays))
    assert [array.shape for array in batch.labels] == [(32,), (32, 1)]
    del arrays["y_train_even"]
    with pytest.raises(UserError, match="lacks y_train_even for the output “even”"):
        builder(model).build(path=file(tmp_path, **arrays))


def test_inputs_and_outputs_are_found_by_their_keys_and_by_their_layers(tmp_path):
    inputs = {"wide": L.Input((4,), name="w"), "deep": L.Input((6,), name="d")}
    h = L.Concatenate()([inputs["wide"], inputs["deep"]])
    outputs = {"price": L.Dense(1, name="p")(h), "kind": L.Dense(3, activation="softmax", name="k")(h)}
    with pytest.warns(UserWarning, match="must match the names"):  # Keras takes them nevertheless
        model = keras.Model(inputs, outputs)
    rng = np.random.default_rng(1)
    x, y = {"d": rng.random((9, 6)), "w": rng.random((9, 4))}, {"k": np.arange(9) % 3, "p": rng.random(9)}
    keys = {"d": "deep", "w": "wide", "k": "kind", "p": "price"}
    for name_of in (keys.get, str):
        arrays = {f"x_train_{name_of(one)}": array for one, array in x.items()}
        arrays |= {f"y_train_{name_of(one)}": array for one, array in y.items()}
        forms = LabelForm.CLASS, LabelForm.NUMBER  # of kind and price
        batch = BatchBuilder(model, forms).build(path=file(tmp_path, **arrays))
        for given, fed in zip(x.values(), batch.inputs, strict=True):
            np.testing.assert_array_equal(fed, np.float32(given))
        np.testing.assert_array_equal(batch.labels[0], y["k"])
        np.testing.assert_array_equal(batch.labels[1][:, 0], np.float32(y["p"]))


PIXELS = np.random.default_rng(1).integers(0, 256, (9, 4, 4)).astype(np.uint8)
FLOATS = np.float32(PIXELS) / 255


@pytest.mark.parametrize("shape", [(4, 4), (4, 4, 1), (16,)])
@pytest.mark.parametrize(
    ("labels", "target"),
    [
        (None, FLOATS),
        (np.arange(9), FLOATS),  # classes
        (np.arange(9)[:, None], FLOATS),
        (1 - FLOATS, 1 - FLOATS),
        (255 - PIXELS, (255 - PIXELS) / np.float32(255)),
        (FLOATS > 0.5, FLOATS > 0.5),
    ],
)
def test_the_target_of_an_image_is_itself_unless_the_file_has_another(labels, target, shape, tmp_path):
    model = sequential(L.Input(shape), L.Flatten(), L.Dense(16, activation="sigmoid"), L.Reshape(shape))
    for pixels in (PIXELS, FLOATS):
        arrays = {"x_train": pixels} | ({} if labels is None else {"y_train": labels})
        batch = BatchBuilder(model, [LabelForm.BINARY]).build(path=file(tmp_path, **arrays))
        np.testing.assert_allclose(batch.labels[0], target.reshape(-1, *shape), rtol=1e-6)
        assert ("the target of each is itself" in batch.info["description"]) == (target is FLOATS)


def test_targets_that_do_not_fit_are_not_replaced_by_the_images(tmp_path):
    model = sequential(L.Input((4, 4)), L.Flatten(), L.Dense(16, activation="sigmoid"), L.Reshape((4, 4)))
    path = file(tmp_path, x_train=FLOATS, y_train=np.float32(PIXELS))
    with pytest.raises(
        UserError, match=r"y_train of data.npz: labels go from \d+ to 255, but the loss needs them from 0"
    ):
        BatchBuilder(model, [LabelForm.BINARY]).build(path=path)


def test_numbers_of_classes_are_the_target_where_there_are_as_many_outputs(tmp_path):
    model = sequential(L.Input((9,)), L.Dense(9, activation="softmax"))
    path = file(tmp_path, x_train=np.zeros((9, 9)), y_train=np.arange(9))
    batch = BatchBuilder(model, [LabelForm.NUMBER]).build(path=path)
    np.testing.assert_array_equal(batch.labels[0], np.eye(9))


def test_a_missing_array_and_the_arrays_there_are_are_named(tmp_path):
    model = sequential(L.Input((9,)), L.Dense(3, activation="softmax", name="last"))
    for arrays, message in (
        ({}, "lacks y_train for the output “last”; it has x_train."),
        ({"y_train_first": np.ones(1)}, "lacks y_train for the output “last”; it has y_train_first."),
    ):
        with pytest.raises(UserError, match=message):
            builder(model).build(path=file(tmp_path, x_train=np.zeros((1, 9)), **arrays))
    batch = builder(model).build(path=file(tmp_path, x_train=np.zeros((1, 9)), y_train_last=np.ones(1)))
    assert batch.info["description"] == "the only example of data.npz"


def test_the_scale_of_each_of_several_inputs_is_named(tmp_path):
    model, rng = PEOPLE["two_inputs"](), np.random.default_rng(1)
    pixels = rng.integers(0, 256, (40, 28, 28)).astype(np.uint8)
    path = file(tmp_path, x_train_image=pixels, x_train_hint=rng.random((40, 10)), y_train=np.ones(40))
    description = builder(model).build(path=path).info["description"]
    assert description == "the first 32 examples of data.npz, image: pixels / 255"


def test_outputs_of_one_layer_have_labels_of_their_own(tmp_path):
    left, right, head = L.Input((4,), name="left"), L.Input((4,), name="right"), L.Dense(2, name="head")
    model = keras.Model([left, right], [head(left), head(right)])
    arrays = {f"x_train_{name}": np.random.default_rng(1).random((9, 4)) for name in ("left", "right")}
    arrays |= {"y_train_head": np.zeros((9, 2)), "y_train_head_1": np.ones((9, 2))}
    batch = BatchBuilder(model, [LabelForm.NUMBER] * 2).build(path=file(tmp_path, **arrays))
    assert [float(labels.mean()) for labels in batch.labels] == [0, 1]


def test_words_are_whole_numbers_below_the_vocabulary(tmp_path):
    for dtype in ("int32", "float32"):
        model = sequential(
            L.Input((6,), dtype=dtype), L.Embedding(50, 2), L.Flatten(), L.Dense(2, activation="softmax")
        )
        words = np.uint8(np.arange(240).reshape(40, 6) % 50)
        batch = builder(model).build(path=file(tmp_path, x_train=words, y_train=np.zeros(40)))
        np.testing.assert_array_equal(batch.inputs[0], words[:32])  # not divided by 255
        with pytest.raises(UserError, match="has a vocabulary of 50, 0 to 49"):
            builder(model).build(path=file(tmp_path, x_train=words + 9, y_train=np.zeros(40)))
        with pytest.raises(UserError, match="takes whole numbers"):
            builder(model).build(path=file(tmp_path, x_train=words + 0.5, y_train=np.zeros(40)))


def test_a_network_for_any_length_takes_that_of_the_file(tmp_path):
    words = np.ones((40, 7), np.int64)
    batch = builder(PEOPLE["any_length"]()).build(path=file(tmp_path, x_train=words, y_train=np.zeros(40)))
    assert batch.inputs[0].shape == (32, 7)
    random = builder(PEOPLE["any_length"]()).build()
    assert random.inputs[0].shape == (32, 20)
    assert "takes any size, and (n, 20) was chosen" in random.info["description"]


def test_sizes_that_no_layer_takes_are_a_sentence(tmp_path):
    model = sequential(L.Input((None, 5)), L.Conv1D(3, 30), L.Dense(2))
    with pytest.raises(UserError, match=r"cannot take inputs of shape \(32, 20, 5\): .* from a file\."):
        builder(model, "mse").build()
    data = file(tmp_path, x_train=np.zeros((6, 40, 5)), y_train=np.zeros((6, 11, 2)))
    assert builder(model, "mse").build(path=data).labels[0].shape == (6, 11, 2)


def test_a_network_for_a_certain_number_of_examples_gets_as_many(tmp_path):
    model = PEOPLE["stateful"]()
    assert len(builder(model, "mse").build().inputs[0]) == 4
    batch = builder(model, "mse").build(path=file(tmp_path, x_train=np.zeros((9, 5, 3)), y_train=np.zeros(9)))
    assert [len(array) for array in batch.arrays] == [4, 4]
    with pytest.raises(UserError, match="has 3 examples, but the model takes 4 at a time"):
        builder(model, "mse").build(path=file(tmp_path, x_train=np.zeros((3, 5, 3)), y_train=np.zeros(3)))


def test_without_a_loss_a_file_needs_no_labels(tmp_path):
    model = sequential(L.Input((4,)), L.Dense(3))
    assert builder(model).build(path=file(tmp_path, x_train=np.ones((5, 4)))).labels == (None,)
    with pytest.raises(UserError, match="lacks y_train for the output"):
        builder(model, "mse").build(path=file(tmp_path, x_train=np.ones((5, 4))))


def test_a_file_may_have_other_arrays_even_such_that_are_not_read(tmp_path):
    model = sequential(L.Input((4,)), L.Dense(3))
    path = file(tmp_path, x_train=np.ones((5, 4)), names=np.array([object()], object))
    assert builder(model).build(path=path).info["count"] == 5


# -- random numbers -----------------------------------------------------------------------------------


@pytest.mark.parametrize("dtype", ["int32", "int64", "float32", "uint8"])
@pytest.mark.parametrize("nests", [False, True])
def test_random_words_are_below_the_smallest_vocabulary(dtype, nests):
    i = L.Input((40,), dtype=dtype)
    first = L.Embedding(9, 2)(L.Reshape((20, 2))(i))
    inner = sequential(L.Input((40,), dtype=dtype), L.Embedding(7, 2)) if nests else L.Embedding(7, 2)
    output = L.Dense(2, activation="softmax")(L.Flatten()(L.Concatenate()([L.Reshape((40, 2))(first), inner(i)])))
    batch = builder(keras.Model(i, output)).build()
    assert set(np.unique(batch.inputs[0])) == set(range(7))
    assert str(batch.inputs[0].dtype) == dtype
    assert "words from 0 to 6" in batch.info["description"]


def words():
    return L.Input((6,), dtype="int32"), L.Embedding(9, 2)


def shifted(shift):
    i, embedding = words()
    return keras.Model(i, embedding(shift(i)))


def in_a_model_for_each_step():
    inner = sequential(*words(), L.GlobalAveragePooling1D())
    return sequential(L.Input((3, 6), dtype="int32"), L.TimeDistributed(inner))


def looked_up(**options):
    i = L.Input((6,), dtype="int64")
    lookup = L.IntegerLookup(vocabulary=[10, 25, 40], **options)
    return keras.Model(i, L.Embedding(4, 2)(lookup(i)))


@pytest.mark.parametrize(
    ("build", "expected"),
    [
        (lambda: shifted(lambda i: i + 1), range(8)),
        (lambda: shifted(lambda i: 2 + i), range(7)),
        (lambda: shifted(lambda i: i - 1), range(1, 10)),
        (lambda: shifted(lambda i: ops.cast(i + np.array([0, 1, 2, 3, 4, 5], np.int32), "int64")), range(4)),
        (lambda: shifted(lambda i: ops.expand_dims(i, -1)[:, ::2, 0]), range(9)),
        (lambda: shifted(lambda i: ops.concatenate([i, i + 1])), range(8)),
        (lambda: keras.Model(i := L.Input((6,), dtype="int32"), ops.one_hot(i, 5)), range(5)),
        (lambda: keras.Model(i := L.Input((6,), dtype="int32"), ops.take(np.ones((7, 2)), i, axis=0)), range(7)),
        (lambda: sequential(L.Input((6,), dtype="int32"), L.CategoryEncoding(5, "multi_hot")), range(5)),
        (in_a_model_for_each_step, range(9)),
        (looked_up, (10, 25, 40)),
        (lambda: looked_up(num_oov_indices=0), (10, 25, 40)),
    ],
)
def test_random_words_are_all_that_the_layers_behind_look_up(build, expected):
    model = build()
    batch = builder(model).build()
    assert set(np.unique(batch.inputs[0])) == set(expected)
    assert f"{min(expected)} to {max(expected)}" in batch.info["description"]
    model(batch.inputs[0])  # TensorFlow raises an error for a word that is not there


@pytest.mark.parametrize(
    ("first", "low", "high"),
    [
        (lambda: L.Normalization(mean=[40.0, 5e4, -1.0], variance=[100.0, 1e8, 0.25]), [20, 3e4, -2], [60, 7e4, 0]),
        (lambda: L.Discretization([10.0, 20.0, 40.0]), 0, 50),
    ],
)
def test_random_features_have_the_range_for_which_the_first_layer_was_made(first, low, high):
    batch = builder(sequential(L.Input((3,)), first(), L.Dense(2))).random(2000)
    span = np.subtract(high, low)
    np.testing.assert_allclose((batch.inputs[0].min(axis=0) - low) / span, 0, atol=0.01)
    np.testing.assert_allclose((batch.inputs[0].max(axis=0) - high) / span, 0, atol=0.01)


def test_masked_words_are_not_0():
    batch = builder(PEOPLE["masked_tags"]()).build()
    assert set(np.unique(batch.inputs[0])) == set(range(1, 30))


@pytest.mark.parametrize(
    ("dtype", "layers", "low", "high"),
    [
        ("bool", (), 0, 1),
        ("uint8", (), 0, 255),
        ("int32", (), 0, 255),
        ("int8", (), 0, 127),
        ("float32", (), 0, 1),
        ("float16", (), 0, 1),
        ("float32", (L.Rescaling(1 / 255),), 0, 255),
        ("int32", (L.Rescaling(1 / 255),), 0, 255),
    ],
)
def test_random_numbers_have_the_type_and_range_of_the_input(dtype, layers, low, high):
    batch = builder(sequential(L.Input((90,), dtype=dtype), *layers, L.Dense(3, activation="softmax"))).build()
    assert str(batch.inputs[0].dtype) == dtype
    assert low <= batch.inputs[0].min() < low + 0.01 * (high - low) + 0.01
    assert high - 0.01 * (high - low) <= batch.inputs[0].max() <= high
    assert "random numbers" in batch.info["description"]


def test_a_network_for_text_is_refused_in_a_sentence():
    layer = L.TextVectorization(10, output_sequence_length=4, vocabulary=["a", "b"])
    model = sequential(L.Input((1,), dtype="string"), layer, L.Embedding(10, 2), L.Flatten(), L.Dense(2))
    with pytest.raises(UserError, match="takes text, which is not fed here"):
        builder(model)
