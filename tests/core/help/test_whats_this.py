"""Explanations of elements by object name."""

import pytest

from explorer.core.help.sections import SectionError
from explorer.core.help.whats_this import WhatsThis, whats_this


def test_names_and_patterns_and_parts():
    explanations = WhatsThis("## A\nfor: one, two_*\n\nText of `A`.\n\n## B\nfor: two_b, one:part\n\nText\nof B.")
    assert explanations.find("one").title == "A"
    assert explanations.find("two_a").title == "A"
    assert explanations.find("two_b").title == "B"
    assert explanations.find("one:part").plain_text == "Text of B."
    assert explanations.find("one").plain_text == "Text of A."
    assert explanations.find("three") is None


@pytest.mark.parametrize(
    ("source", "message", "line"),
    [("## A\n\nText.", "for which names", 1), ("## A\nfor: a\n\nText.\n## B\nfor: a\n\nText.", "a stands here", 5)],
)
def test_a_mistake_in_a_file_is_reported_with_its_line(source, message, line):
    with pytest.raises(SectionError, match=message) as caught:
        WhatsThis(source)
    assert caught.value.line == line


def test_explanations_are_plain_sentences():
    for name, explanation in whats_this().by_name.items():
        assert 20 < len(explanation.plain_text) < 420, name
        assert explanation.plain_text[-1] == ".", name
