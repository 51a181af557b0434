"""The answer to a claim says what was compared, and where the claim fails."""

import math

import pytest

from explorer.core.plot.claim_text import claim_text

WRONG = {"holds": False, "deviation": 4.0, "where": 1.5, "gradient": -2.0, "claimed": 2.0, "compared": 1000}


@pytest.mark.parametrize(
    ("reply", "text"),
    [
        ({"error": {"message": "q does not occur."}}, "q does not occur."),
        ({"compared": 0}, "There is no point in this range at which both are defined."),
        (
            {"holds": True, "deviation": 1.23e-7, "compared": 1000, "undefined": 0},
            "Yes: f′ equals c at all 1,000 points (largest deviation 1.2×10⁻⁷, within rounding).",
        ),
        (
            {**WRONG, "undefined": 0},
            "No: of 1,000 points the largest deviation is 4, at x = 1.5. There f′ is −2, and what you typed is 2.",
        ),
        (
            {**WRONG, "deviation": None, "claimed": math.nan, "undefined": 7},
            "No: at x = 1.5 f′ is −2, and what you typed is undefined. At 7 further points one of them is undefined.",
        ),
    ],
)
def test_sentences(reply, text):
    assert claim_text(reply, "c", "x", 4) == text
