"""Explanations of elements by their names."""

import pytest

from explorer.core.help.sections import SectionError
from explorer.core.help.whats_this import WhatsThis, whats_this


def test_names_and_patterns_and_parts():
    said = WhatsThis("## A\nfor: one, two_*\n\nText of `A`.\n\n## B\nfor: two_b, one:part\n\nText\nof B.")
    assert said.of("one").title == "A"
    assert said.of("two_a").title == "A"
    assert said.of("two_b").title == "B"
    assert said.of("one:part").plain == "Text of B."
    assert said.of("one").plain == "Text of A."
    assert said.of("three") is None


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
        assert 20 < len(said.plain) < 420, name
        assert said.plain[-1] == ".", name
