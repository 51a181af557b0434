"""What the tab "Autodiff" shows, resolved from the sessions into one immutable state. No Qt."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING, Any

from explorer.core.autodiff.trace import Trace, Values
from explorer.core.autodiff.visible_steps import BACKWARD
from explorer.core.errors import ExpressionError
from explorer.core.syntax_tree import FloatArray, Program

if TYPE_CHECKING:
    from explorer.session.autodiff.differentiation_methods import MethodSession
    from explorer.session.autodiff.session import AutodiffSession

Selection = tuple[str, str]
"""``("node", op)`` or ``("edge", tensor)``."""


@dataclass(frozen=True)
class ViewOptions:
    """What does not belong to the expression itself.

    theme: name of the theme, "" before there is one. digits: significant digits of numbers. show_unneeded: show also
    backward ops from which no wanted gradient is reached. shown_error: the error that is shown; an error appears a
    moment after the key press. wrong: gradients of "find the mistake" that are shown instead of TensorFlow's.
    """

    theme: str = ""
    digits: int = 4
    show_unneeded: bool = False
    shown_error: ExpressionError | None = None
    wrong: Values | None = None


@dataclass(frozen=True, eq=False)
class ExpressionViewState:
    """Everything that the views of an expression show.

    text: the typed text; program: the last valid one, parsed; error: what is wrong with the text. point: value of each
    variable of the program, or of a text of which only the shapes do not fit. trace: TensorFlow's graph in the chosen
    depth, None before the first; whole: with all ops; values: its numbers by tensor. pass_, step: the current step of
    total_steps. quiz: whether new numbers are hidden; covered: whether all gradients are, for an exercise; revealed:
    how many numbers of the step are not hidden; hidden: tensors shown as ?; hidden_slots: argument slots of the step's
    op whose gradient is shown as ?. selection: see `Selection`. depth,
    direction: as in `AutodiffSession`. path: edges of the highlighted path as (op, op, argument slot of the second).
    tangents: forward-mode derivatives by tensor, None while none are shown; tangent_sign: the sign before them.
    simplified: SymPy's shorter form of a gradient, by variable. different: the float64 values that differ, by tensor.
    notice: a message that is no error. busy: a reply takes long. The remaining fields are those of `ViewOptions`.
    """

    text: str = ""
    program: Program | None = None
    error: ExpressionError | None = None
    point: Mapping[str, FloatArray] = field(default_factory=dict)
    dtype: str = "float32"
    trace: Trace | None = None
    whole: Trace | None = None
    values: Values = field(default_factory=dict)
    pass_: str = BACKWARD
    step: int = 0
    total_steps: int = 0
    quiz: bool = False
    covered: bool = False
    revealed: int = 0
    hidden: frozenset[str] = frozenset()
    hidden_slots: frozenset[int] = frozenset()
    selection: Selection | None = None
    depth: str = "concept"
    direction: str = "auto"
    path: tuple[tuple[str, str, int], ...] = ()
    tangents: Values | None = None
    tangent_sign: str = ""
    simplified: Mapping[str, str | None] = field(default_factory=dict)
    different: Values = field(default_factory=dict)
    notice: str = ""
    busy: bool = False
    theme: str = ""
    digits: int = 4
    show_unneeded: bool = False
    shown_error: ExpressionError | None = None
    wrong: Values | None = None

    @property
    def is_outdated(self) -> bool:
        """Whether the text has an error, so that everything else belongs to an earlier text."""
        return self.shown_error is not None

    @property
    def numbers(self) -> Values:
        """The numbers by tensor, with the wrong gradients of an exercise in place of TensorFlow's."""
        return self.values if self.wrong is None else {**self.values, **self.wrong}

    def changes(self, before: "ExpressionViewState") -> frozenset[str]:
        """Return the names of the fields that differ from those of ``before``.

        Traces, values and other objects are compared by identity, because sessions replace them and never change them
        in place; texts, numbers and tuples are compared by value.
        """
        return frozenset(name for name in _FIELDS if not _is_same(getattr(self, name), getattr(before, name)))


_FIELDS = tuple(one.name for one in fields(ExpressionViewState))

_BY_VALUE = (str, int, tuple, frozenset)


def _is_same(one: Any, other: Any) -> bool:
    return one is other or (isinstance(one, _BY_VALUE) and bool(one == other))


def resolve(session: "AutodiffSession", methods: "MethodSession", options: ViewOptions) -> ExpressionViewState:
    """Return what the tab shows; reads the sessions and changes nothing."""
    stepper = session.stepper
    return ExpressionViewState(
        text=session.text,
        program=session.program,
        error=session.error,
        point=session.entered_point,
        dtype=session.dtype,
        trace=session.visible_trace,
        whole=session.trace,
        values=session.values,
        pass_=stepper.pass_,
        step=stepper.step,
        total_steps=stepper.steps_total(stepper.pass_),
        quiz=stepper.quiz,
        covered=stepper.covered,
        revealed=stepper.revealed,
        hidden=stepper.hidden_tensors(),
        hidden_slots=stepper.hidden_slots(),
        selection=session.selection,
        depth=session.shown_depth,
        direction=session.direction,
        path=methods.marked_edges,
        tangents=methods.shown_tangents,
        tangent_sign=f"d/d{methods.variable}",
        simplified=session.simplified,
        different=session.different,
        notice=session.notice,
        busy=session.busy,
        theme=options.theme,
        digits=options.digits,
        show_unneeded=options.show_unneeded,
        shown_error=options.shown_error,
        wrong=options.wrong,
    )
