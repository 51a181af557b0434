"""What a check of a claimed derivative found, in words."""

from collections.abc import Mapping
from typing import Any

from explorer.core.number_format import format_number


def claim_text(reply: Mapping[str, Any], claim: str, variable: str, digits: int) -> str:
    """Return the sentence about a `CheckReply`; ``digits``: significant digits of its numbers."""
    if "error" in reply:
        return str(reply["error"]["message"])
    if not reply["compared"]:
        return "There is no point in this range at which both are defined."
    compared = f"{reply['compared']:,} points"
    if reply["holds"]:
        deviation = format_number(reply["deviation"], 2)
        text = f"Yes: f′ equals {claim} at all {compared} (largest deviation {deviation}, within rounding)."
    else:
        where = f"{variable} = {format_number(reply['where'], 6)}"
        gradient, claimed = (format_number(reply[key], digits) for key in ("gradient", "claimed"))
        if reply["deviation"] is None:
            text = f"No: at {where} f′ is {gradient}, and what you typed is undefined."
        else:
            deviation = format_number(reply["deviation"], digits)
            text = f"No: of {compared} the largest deviation is {deviation}, at {where}."
            text += f" There f′ is {gradient}, and what you typed is {claimed}."
    if reply["undefined"]:
        text += f" At {reply['undefined']:,} further points one of them is undefined."
    return text
