"""Finds what is typed in the graph of an expression, and selects one match after the other. No Qt."""

from collections.abc import Collection

from explorer.core.autodiff.odd_values import KINDS, SEARCH_WORDS, odd_values
from explorer.core.autodiff.trace import Trace
from explorer.core.autodiff.visible_steps import BACKWARD
from explorer.core.graph.find import find_in_picture
from explorer.core.graph.picture import Picture, concept_picture, full_picture
from explorer.session.autodiff.session import AutodiffSession
from explorer.session.autodiff.view_state import Selection


class Finder:
    """Selects ops, tensors and odd values of a session, and says in a message what was found."""

    def __init__(self, session: AutodiffSession) -> None:
        self._session = session
        self._offer: tuple[str, ...] = ()  # what was sought in which function, and is in the whole graph only

    def find(self, text: str, offset: int = 1, show_unneeded: bool = False) -> str:
        """Select what is called ``text`` in this depth, or has a value of the kind ``nan``; return a message.

        offset: 1 for the next match, -1 for the previous one. show_unneeded: whether backward ops from which no wanted
        gradient is reached are shown. What the concept does not show is named at the first request; the second one
        shows the whole graph.
        """
        if (kinds := SEARCH_WORDS.get(text.strip().lower())) is not None:
            return self.find_odd(offset, kinds)
        session, trace = self._session, self._session.trace
        if trace is None or not text.strip():
            return ""
        if found := find_in_picture(self._picture(trace, show_unneeded), trace, text):
            self._offer = ()
            return self._select(found, offset)
        whole = find_in_picture(full_picture(trace, show_unneeded), trace, text)
        offer = (text, trace.expression, *trace.differentiated_by)
        if whole and offer != self._offer:
            self._offer = offer
            return f"“{text}” is in the whole TensorFlow graph only ({len(whole)}): press Return again to go there."
        if whole:
            self._offer = ()
            with session.batch:
                session.set_depth("full")
                return self._select(whole, offset)
        if find_in_picture(full_picture(trace, unneeded=True), trace, text):
            return f"“{text}” is a backward op for gradients that were not requested; the menu View can show those."
        return f"Nothing is called “{text}”."

    def _picture(self, trace: Trace, show_unneeded: bool) -> Picture:
        """Return the picture of this depth."""
        return concept_picture(trace) if self._session.depth == "concept" else full_picture(trace, show_unneeded)

    def _select(self, found: list[Selection], offset: int) -> str:
        current = found.index(self._session.selection) if self._session.selection in found else None
        index = _next(current, offset, len(found))
        self._session.select(found[index])
        return f"{index + 1} of {len(found)}: {found[index][1]}."

    def find_odd(self, offset: int, kinds: Collection[str] = KINDS) -> str:
        """Select the next value that is NaN, infinite or lost, at the step that brings it, and return a message.

        offset: 1 for the next one, -1 for the previous one.
        """
        session, stepper, trace = self._session, self._session.stepper, self._session.visible_trace
        found = odd_values(trace, session.values, session.different, kinds) if trace is not None else ()
        if not found:
            return "No value here is NaN, infinite or lost to rounding."
        step = stepper.step if stepper.pass_ == BACKWARD else None
        here = [(session.selection, step), (session.selection, None)]
        places = [(session.visible_selection(value.selection), value.step) for value in found]
        index = _next(next((index for index, place in enumerate(places) if place in here), None), offset, len(found))
        value, (selection, _) = found[index], places[index]
        with session.batch:
            if value.step is not None:
                stepper.set_pass(BACKWARD)
                stepper.set_step(value.step)
            session.select(selection)
        return f"{index + 1} of {len(found)}: {value.tensor} is {value.kind}."


def _next(current: int | None, offset: int, count: int) -> int:
    """Return the index after or before the current one, around the ends; the first or last one if there is none."""
    if current is None:
        return 0 if offset > 0 else count - 1
    return (current + offset) % count
