"""The paths from an input to the output: their products, the sum of these, and their number."""

from PySide6.QtCore import QModelIndex
from PySide6.QtWidgets import QTreeWidgetItem, QVBoxLayout

from explorer.core.autodiff.output_name import differentiated_name
from explorer.core.autodiff.paths import MAX_PATHS, PathCounts
from explorer.core.errors import ExpressionError
from explorer.core.expression.parser import parse
from explorer.core.number_format import format_number, format_value
from explorer.core.syntax_tree import Apply
from explorer.session.autodiff.differentiation_methods import MethodSession
from explorer.views.autodiff.method_panel import MethodPanel, Table, VariableHead, brushes, label

TOLERANCE = {"float32": 1e-4, "float64": 1e-9}
"""Difference from TensorFlow's sum, relative to the largest summand, that another order of summation explains."""

HIDDEN_MESSAGE = "Products along paths reveal every gradient: they are shown once all numbers of this pass are found."


class PathsPanel(MethodPanel):
    """A row for each path; the chosen one is highlighted in the graph."""

    def __init__(self, methods: MethodSession) -> None:
        super().__init__(methods, "pathsPanel", "Paths from an input to the output")
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 8, 16, 10)
        column.setSpacing(5)
        self._head = VariableHead("Paths from", "pathVariable", methods)
        self._table = Table("pathTable", "Paths and their products", ["product of local derivatives", "value"])
        self._table.setToolTip("Choose a path to see it in the graph; Esc ends it")
        self._table.currentItemChanged.connect(self._choose)
        self._filling = False
        self._sum = label("pathSum", "gradient")
        self._message = label("pathSentence", "muted")
        for part in (self._head, self._table, self._sum, self._message):
            column.addWidget(part)
        self._follow()

    def _choose(self, item: QTreeWidgetItem | None, _before: QTreeWidgetItem | None) -> None:
        if item is not None and not self._filling:
            self._methods.choose(self._table.indexOfTopLevelItem(item))

    def _show(self) -> None:
        methods = self._methods
        trace, counts = methods.trace, methods.counts
        if methods.method != "paths" or trace is None:
            return
        self._head.refresh()
        if methods.variable is None or counts is None:
            self._table.fill([], [], None, self._scale)
            self._sum.setText("")
            self._message.setText("No gradient arrives at any input: no path leads from one to the output.")
            return
        if methods.session.stepper.hides_gradients:
            self._table.fill([], [], None, self._scale)
            self._sum.setText("")
            self._message.setText(HIDDEN_MESSAGE)
            return
        products = methods.products
        rows = [
            (
                " · ".join(path.factors if len(path.factors) == 1 else map(_factor, path.factors)),
                "array" if value is None else self._number(value),
            )
            for path, value in zip(methods.paths, products, strict=True)
        ]
        self._filling = True
        self._table.fill(rows, brushes(self._theme, "text", "gradient"), methods.chosen, self._scale)
        if methods.chosen is None:
            self._table.setCurrentIndex(QModelIndex())
        elif self._table.currentIndex().row() != methods.chosen:
            self._table.setCurrentItem(self._table.row_item(methods.chosen))
        self._filling = False
        self._sum.setText(self._sum_text(differentiated_name(trace), methods.variable))
        self._message.setText(_counts_message(counts))

    def _number(self, value: object) -> str:
        return format_value(value, self._digits)

    def _sum_text(self, name: str, variable: str) -> str:
        methods = self._methods
        total, gradient, counts = methods.total, methods.gradient, methods.counts
        assert counts is not None
        if gradient is None:
            return ""
        gradient_text = f"d{name}/d{variable} = {self._number(gradient)}"
        if counts.paths > MAX_PATHS:
            return gradient_text
        if total is None:
            return f"{gradient_text}: arrays are on the way, so a path has no single number."
        size = max(1.0, *(abs(each) for each in methods.products if each is not None))
        is_equal = abs(total - float(gradient)) <= TOLERANCE[methods.session.dtype] * size or not abs(total) < float(
            "inf"
        )
        gradient_text = f"TensorFlow's gradient {self._number(gradient)}"
        return f"our sum {format_number(total, self._digits)} {'=' if is_equal else '≠'} {gradient_text}"


def _factor(text: str) -> str:
    """Return a factor, in parentheses if it is a sum, a product or begins with a sign."""
    try:
        node = parse(text).output
    except ExpressionError:
        return text
    needs_parentheses = isinstance(node, Apply) and node.op in ("add", "sub", "mul", "div", "neg", "matmul")
    return f"({text})" if needs_parentheses or text.startswith("-") else text


def _counts_message(counts: PathCounts) -> str:
    """Return the number of paths, and what a pass needs instead."""
    if counts.paths == 1:
        return f"1 path of {counts.edges:,} edge{'s' * (counts.edges != 1)}: the backward pass walks it once."
    more = f" The first {MAX_PATHS:,} are listed." if counts.paths > MAX_PATHS else ""
    return (
        f"{_digits(counts.paths)} paths need {_digits(counts.edge_visits)} products one by one; a pass needs "
        f"{counts.edges:,}, one for each edge.{more}"
    )


def _digits(number: int) -> str:
    """Return an integer with all its digits, abbreviated if there are too many to read."""
    text = f"{number:,}"
    return text if len(text) <= 27 else f"{text[:9]}… ({len(str(number)):,} digits)"
