"""Explanations of elements by their names."""

import pytest

from explorer.core.help.sections import SectionError
from explorer.core.help.whats_this import WhatsThis, whats_this


def test_names_and_patterns_and_parts():
    said = WhatsThis("## A\nfor: one, two_*\n\nText of `A`.\n\n## B\nfor: two_b, one:part\n\nText\nof B.")
    assert said.find("one").title == "A"
    assert said.find("two_a").title == "A"
    assert said.find("two_b").title == "B"
    assert said.find("one:part").plain_text == "Text of B."
    assert said.find("one").plain_text == "Text of A."
    assert said.find("three") is None


@pytest.mark.parametrize(
    ("source", "says", "line"),
    [("## A\n\nText.", "for which names", 1), ("## A\nfor: a\n\nText.\n## B\nfor: a\n\nText.", "a stands here", 5)],
)
def test_a_wrong_file_is_refused_with_its_line(source, says, line):
    with pytest.raises(SectionError, match=says) as caught:
        WhatsThis(source)
    assert caught.value.line == line


def test_explanations_are_plain_sentences():
    for name, said in whats_this().by_name.items():
        assert 20 < len(said.plain_text) < 420, name
        assert said.plain_text[-1] == ".", name
