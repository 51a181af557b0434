"""The glossary: it is complete, its links have targets, and terms in texts become links."""

import re

import pytest

from explorer.core.help.glossary import LINK_SCHEME, Glossary, entry_key, glossary, pluralize
from explorer.core.help.sections import SectionError
from explorer.core.lessons.lesson import load_lesson
from explorer.core.models.user_network import LAYER_KINDS
from explorer.core.resources import resource_path
from explorer.core.training.settings import OPTIMIZERS, TRAINING_SETTINGS

TERMS = """tensor, op, placeholder, constant, variable, graph, edge, local derivative, gradient, adjoint, chain rule,
forward pass, backward pass, reverse mode, forward mode, fan-out, loss, softmax, cross-entropy, epoch, batch,
step, learning rate, optimizer, SGD, momentum, Adam, RMSprop, dropout, L2, batch normalisation, filter, feature
map, activation, dead unit, vanishing gradient, XLA, difference quotient, tangent, logit, accuracy, confusion
matrix, node, unit, weight, bias, parameter, layer, hidden layer, seed, shape, dtype, upstream gradient, kink,
NaN, MNIST, label, class, validation"""


@pytest.mark.parametrize("word", [word.strip() for word in TERMS.replace("\n", " ").split(",")])
def test_terms_are_found_in_the_singular_and_plural(word):
    entry = glossary().find(word)
    assert entry is not None
    assert glossary().find(word.upper()) is entry
    assert glossary().find(pluralize(word)) is entry


def test_every_training_setting_has_an_entry():
    setting_terms = {
        "activation": "activation", "dropout": "dropout", "batch_norm": "batch norm", "l2": "L2", "xla": "XLA",
        "optimizer": "optimizer", "learning_rate": "learning rate", "batch_size": "batch size", "epochs": "epochs",
        "seed": "seed", "hidden": "hidden unit", "filters": "filters", "model": "model", "layers": "layers",
    }  # fmt: skip
    assert setting_terms.keys() == TRAINING_SETTINGS.keys()
    activations = TRAINING_SETTINGS["activation"].choices
    layers = {"Dense": "dense layer", "Conv2D": "convolution", "Dropout": "dropout", "MaxPooling2D": "max pooling",
              "AveragePooling2D": "pooling", "BatchNormalization": "batch normalization"}  # fmt: skip
    assert layers.keys() == LAYER_KINDS.keys() - {"Flatten", "GlobalAveragePooling2D"}
    terms = [*setting_terms.values(), *activations, *OPTIMIZERS, *layers.values()]
    assert [word for word in terms if glossary().find(word) is None] == []


def test_every_entry_has_related_ones_and_is_related():
    complete = glossary()
    targets = {key for entry in complete.entries for key in entry.related}
    assert [entry.term for entry in complete.entries if entry.key not in targets] == []
    assert [entry.term for entry in complete.entries if not entry.related] == []


def test_entries_are_two_to_four_plain_sentences():
    for entry in glossary().entries:
        plain = re.sub(r"\$[^$]*\$|`[^`]*`", "formula", entry.text)
        sentences = re.findall(r"[.?!](?=\s|$)|[.?!]”(?=\s|$)", plain)
        assert 1 <= len(sentences) <= 5, entry.term
        assert 40 < len(plain) < 460, entry.term
        assert entry.text.count("$") % 2 == 0, entry.term


def test_the_first_mention_of_each_term_becomes_a_link():
    linked_text = glossary().add_links(
        "The gradients of a loss.\nA gradient, and the\nlearning rate. Gradient `loss` $batch$."
    )
    assert linked_text == (
        "The [gradients](term:gradient) of a [loss](term:loss).\nA gradient, and the\nlearning rate. Gradient `loss` "
        "$batch$."
    ).replace("learning rate", "[learning rate](term:learning-rate)")


@pytest.mark.parametrize(
    "text",
    [
        "`a tensor`",
        "```scene\ntensor\n```",
        "$tensor$ and $$loss\n batch$$",
        "![a tensor](graph.png)",
        "[tensor](https://example.org/graph)",
        "# Tensor",
        "subtensor tensor-like gradients/mul_grad",
        "strokes, edges and gaps",
        "A step back.",
    ],
)
def test_code_formulas_links_and_headings_get_no_links(text):
    assert glossary().add_links(text) == text


def test_excluded_entries_get_no_link_and_html_is_escaped():
    assert "tensor)" not in glossary().add_links("A tensor of a graph", exclude=["tensor"])
    linked_text = glossary().add_html_links("a <b>tensor</b> & the loss")
    assert linked_text == (
        'a &lt;b&gt;<a href="term:tensor">tensor</a>&lt;/b&gt; &amp; the <a href="term:loss">loss</a>'
    )


def test_every_link_in_a_lesson_has_an_entry():
    linked = set()
    for path in sorted(resource_path("lessons").glob("*.md")):
        for scene in load_lesson(path).scenes:
            linked_text = glossary().add_links(scene.text)
            keys = re.findall(rf"\]\({LINK_SCHEME}([^)]*)\)", linked_text)
            assert len(keys) == len(set(keys))
            linked |= {glossary().entry(key).key for key in keys}
            # Only links were added.
            assert re.sub(rf"\[([^\]]*)\]\({LINK_SCHEME}[^)]*\)", r"\1", linked_text) == scene.text
    assert {"gradient", "chain-rule", "softmax", "filter", "dead-unit", "fan-out"} <= linked


def test_search_finds_names_before_texts():
    found = glossary().search("grad")
    assert found[0].term.startswith("Grad")
    assert {"Vanishing gradient", "Chain rule"} <= {entry.term for entry in found}
    assert glossary().search("swish")[0].term == "SiLU"
    assert glossary().search("handwritten digits")[0].term == "MNIST"
    assert glossary().search("qqq") == []
    assert len(glossary().search(" ")) == len(glossary().entries)


@pytest.mark.parametrize(
    ("source", "message", "line"),
    [
        ("## A\nsee: b\n\nText.", "links to b", 1),
        ("## A\n\nText [b](term:b).", "links to b", 1),
        ("## A\nsee: a\n\nText.", "links to a", 1),
        ("## A\n\nText.\n## B\nalso: as\n\nText.", "stands here and under A", 4),
        ("## A\nsees: b\n\nText.", "no field sees", 2),
        ("intro\n## A\n", "no text", 2),
    ],
)
def test_a_mistake_in_a_file_is_reported_with_its_line(source, message, line):
    with pytest.raises(SectionError, match=message) as caught:
        Glossary(source)
    assert caught.value.line == line


def test_plurals_and_keys():
    assert [pluralize(word) for word in ("op", "loss", "batch", "epoch", "entropy", "relay")] == [
        "ops", "losses", "batches", "epochs", "entropies", "relays",
    ]  # fmt: skip
    assert entry_key("Seed of the backward pass") == "seed-of-the-backward-pass"
