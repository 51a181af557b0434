"""The texts of the shipped lessons: no Markdown in headings, one spelling, and no number that could be computed."""

import re

import pytest

from explorer.core.data.dataset import load_sample
from explorer.core.lessons.lesson import load_lesson
from explorer.core.lessons.markdown_parts import CODE_PATTERN
from explorer.core.resources import resource_path
from explorer.core.training.settings import run_settings

LESSONS = {path.stem: load_lesson(path, path.stem) for path in sorted(resource_path("lessons").glob("*.md"))}
SCENES = [(key, number) for key, lesson in LESSONS.items() for number in range(1, len(lesson.scenes) + 1)]

NUMBER = re.compile(r"(?<![\w.,])\d+(?:,\d{3})*(?:\.\d+)?(?:e-?\d+)?")
VALUE = re.compile(r"\{\{.*?\}\}")
NAMES = re.compile(r"(?:[Ll]esson|TensorFlow|Keras) \d+")

PLAIN_NUMBERS = {
    ("02-operators-and-tensors", 5): {"2": "the ops that are folded, as the box shows them"},
    ("03-derivative-of-2x", 4): {"2": "the answer, in a note about `==`"},
    ("06-perceptron", 3): {"28": "pixels of MNIST", "784": "pixels of MNIST"},
    ("07-looking-at-mnist", 1): {
        "70,000": "size of MNIST",
        "60,000": "size of MNIST",
        "10,000": "size of MNIST",
        "28": "pixels of MNIST",
        "11": "megabytes of a download",
    },
    ("07-looking-at-mnist", 2): {"5": "a label that a test reads", "28": "pixels of MNIST", "255": "largest byte"},
    ("08-logistic-regression", 1): {"784": "pixels of MNIST"},
    ("08-logistic-regression", 5): {
        "28": "pixels of MNIST",
        "784": "pixels of MNIST",
        "10": "classes of MNIST",
    },
    ("09-multilayer-perceptron", 6): {"784": "pixels of MNIST", "10": "classes of MNIST"},
    ("10-convolutional-network", 2): {"3": "size of a kernel", "26": "places of a kernel in an MNIST image"},
    ("10-convolutional-network", 5): {"3": "size of a kernel"},
    ("10-convolutional-network", 7): {
        "3": "size of a kernel",
        "16": "twice the filters of the first layer",
        "400": "the exercise's own sum: 5·5·16",
        "10": "classes of MNIST",
    },
    ("12-fan-out", 2): {"2": "the rule for x²"},
    ("13-deep-sigmoid", 3): {"0.25": "maximum of the sigmoid's derivative", "3": "layers, as the expression has"},
    ("13-deep-sigmoid", 4): {"0.25": "maximum of the sigmoid's derivative", "8": "layers, as the expression has"},
    ("13-deep-sigmoid", 5): {"784": "pixels of MNIST"},
    ("15-float32", 2): {"10": "a power that the next scene shows", "7": "a power that the next scene shows"},
    ("15-float32", 3): {"10": "the scene's h as a power", "7": "the scene's h as a power"},
    ("15-float32", 4): dict.fromkeys(("10", "15", "4", "8"), "a power of ten about the precision itself"),
    ("17-keras", 6): {
        "128": "units of the scenes before",
        "784": "pixels of MNIST",
        "10": "classes of MNIST",
    },
    ("18-gradient-descent", 3): {"2": "the learning rate from which on the steps grow"},
    ("20-backpropagation-by-hand", 6): {"0.01": "the learning rate that led to the scene's point"},
}
"""Numbers that are typed although no key of the scene has them, each with the reason: facts that no scene computes."""

AMERICAN = re.compile(r"\b(?:colors?|neighbor\w*|centers?|gray|behaviors?|favor\w*|labeled|modeled|canceled)\b", re.I)


def scene_of(key, number):
    return LESSONS[key].scenes[number - 1]


def numbers_in(value):
    """Return the numbers in the keys of a scene, as a text writes them."""
    if isinstance(value, dict):
        return {number for part in value.values() for number in numbers_in(part)}
    if isinstance(value, list | tuple):
        return {number for part in value for number in numbers_in(part)}
    if isinstance(value, str):
        return set(NUMBER.findall(value))
    return set() if isinstance(value, bool) or value is None else {f"{abs(value):,}", f"{abs(value):g}"}


def typed_numbers(text):
    """Return the numbers that are typed in a text, outside of code and values."""
    plain = NAMES.sub("", VALUE.sub("", "".join(CODE_PATTERN.split(text)[::2])))
    return set(NUMBER.findall(plain))


@pytest.mark.parametrize("key", LESSONS)
def test_headings_have_no_markdown(key):
    lesson = LESSONS[key]
    for title in (lesson.title, *(scene.title for scene in lesson.scenes)):
        assert not re.search(r"[`*_$\\<>{}\[\]#]", title), title


@pytest.mark.parametrize("key", LESSONS)
def test_texts_have_one_spelling(key):
    for scene in LESSONS[key].scenes:
        for text in (scene.title, *scene.texts):
            assert AMERICAN.search(text) is None, text


@pytest.mark.parametrize(("key", "number"), SCENES)
def test_no_number_is_typed_that_the_scene_can_compute(key, number):
    """Numbers of the expression, of ranges and of settings are in the keys beside the text, and 0 and 1 are words."""
    scene = scene_of(key, number)
    keys = {name: value for name, value in scene.view_keys.items() if name != "at"}
    if "train" in keys:
        keys["train"] = run_settings(**keys["train"])
    known = {"0", "1", *numbers_in(keys), *PLAIN_NUMBERS.get((key, number), {})}
    for text in scene.texts:
        assert typed_numbers(text) <= known, text


def test_every_reason_is_needed():
    for (key, number), reasons in PLAIN_NUMBERS.items():
        typed = {found for text in scene_of(key, number).texts for found in typed_numbers(text)}
        assert set(reasons) <= typed, (key, number)


def test_what_the_texts_say_about_labels_is_so():
    digits = load_sample()
    assert "is a 5," in scene_of("07-looking-at-mnist", 2).text
    assert digits.y_train[scene_of("07-looking-at-mnist", 2).view_state["image"]] == 5
    assert digits.x_train.shape[1:] == (28, 28)
    assert (digits.x_train.min(), digits.x_train.max()) == (0, 255)
    counts = [int((digits.y_train == digit).sum()) for digit in range(10)]
    assert "more ones than fives" in scene_of("07-looking-at-mnist", 4).notes
    assert counts[1] > counts[5]
    assert "there is never any ink" in " ".join(scene_of("11-inside-a-trained-network", 2).text.split())
    assert not digits.x_train[:, 0].any()
