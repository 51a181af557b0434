"""The graph: TensorFlow's ops with their values, and the gradients that run back."""

from collections.abc import Collection, Sequence
from typing import Any

from PySide6.QtCore import Property, QPoint, QRectF, QTimer, QVariantAnimation, Signal
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from explorer.core.autodiff.trace import Trace, Values
from explorer.core.graph.picture import Picture, concept_picture, full_picture, parsed_picture
from explorer.core.graph.placement import PlacedPicture
from explorer.core.syntax_tree import Program
from explorer.views.graph.camera import Camera
from explorer.views.graph.canvas import GraphCanvas
from explorer.views.graph.items import BoxItem, GraphItem, LinkItem
from explorer.views.graph.layout_cache import laid_out
from explorer.views.graph.legend import Legend
from explorer.views.graph.scene_drawing import scene_drawing
from explorer.views.graph.scene_items import SceneItems
from explorer.views.graph.view_state import GraphViewState
from explorer.views.graph.warning_overlay import paint_warning, warning_theme
from explorer.views.theme.theme import Theme
from explorer.views.widgets.stale_overlay import VISIBLE_SHARE
from explorer.views.widgets.vector_export import Drawing, save_drawing

MOVE = 220
"""Milliseconds in which boxes move from one expression to the next."""


class GraphView(GraphCanvas):
    """Shows a trace at a step. It asks by signals and changes nothing but its own zoom."""

    painted = Signal(str)
    valuesPainted = Signal()
    firstPainted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("graphView")
        self.setAccessibleName("Graph of the expression")
        self._stage = SceneItems(self._scene)
        self._placed: PlacedPicture | None = None
        self._showing = GraphViewState()
        self._camera = Camera(self)
        self._legend = Legend()
        self._depth, self._direction = "concept", "TB"
        self._unneeded = False
        self._dimmed = False
        self._theme: Theme | None = None
        self._scale = 1.0
        self._animated = True
        self._ever_painted = False
        self._painted: Trace | None = None
        self._move = QVariantAnimation(self, startValue=0.0, endValue=1.0, duration=MOVE)
        self._move.valueChanged.connect(self._moved)
        # Values may come in faster than the screen shows them: looks are brought up to date once a paint.
        self._stale = False

    # -- what tests and other views may ask -------------------------------------------------------

    def _get_expression(self) -> str:
        return self._painted.expression if self._painted is not None else ""

    def _get_step(self) -> int:
        return self._showing.step if self._painted is self._trace and self._trace is not None else 0

    def _get_values(self) -> dict[str, Any]:
        if self._painted is None or self._painted is not self._trace or self._placed is None:
            return {}
        return self._showing.on_screen(self._placed.picture)

    shownExpression = Property(str, _get_expression)
    """The expression whose TensorFlow graph has been painted with its values; "" before the first."""
    shownStep = Property(int, _get_step)
    """The step of the chosen pass."""
    shownValues = Property("QVariantMap", _get_values)
    """Tensor name to the number on the screen."""

    @property
    def isMoving(self) -> bool:
        """Whether boxes still move to their places."""
        return self._move.state() == QVariantAnimation.State.Running

    # -- what to show -----------------------------------------------------------------------------

    def setParsed(self, program: Program) -> None:
        """Show what was typed, as parsed, while there is no graph of TensorFlow's yet."""
        if self._trace is None:
            self._put(parsed_picture(program), animate=False)

    def setTrace(self, trace: Trace, values: Values, animate: bool = True, look: tuple[str, str] | None = None) -> None:
        """Show a new graph at step 0; what stays of the old one moves to its new place.

        look: depth and direction that begin with it.
        """
        old = self._trace
        if look is not None and look != (self._depth, self._direction):
            self._depth, self._direction = look
            self._camera.is_automatic = True
        self._showing.trace, self._showing.values = trace, values
        if old is None or (old.expression, old.differentiated_by) != (trace.expression, trace.differentiated_by):
            self._showing.begin()
            self._camera.reset()
        self._put(self._picture(), animate=animate and old is not None)

    def setValues(self, values: Values) -> None:
        """Show new numbers in the same graph."""
        self._showing.values = values
        self._restyle()

    def setWrong(self, wrong: Values | None) -> None:
        """Show gradients that are wrong on purpose instead of TensorFlow's, and say so; None: TensorFlow's again."""
        self._showing.wrong = wrong
        if self._theme is not None:
            self._stage.set_theme(self._colours(self._theme))
        self._restyle()

    @property
    def _trace(self) -> Trace | None:
        return self._showing.trace

    def _colours(self, theme: Theme) -> Theme:
        return theme if self._showing.wrong is None else warning_theme(theme)

    def setStep(self, pass_: str, step: int) -> None:
        """Show step ``step`` of a pass."""
        if (pass_, step) != (self._showing.pass_, self._showing.step):
            self._showing.pass_, self._showing.step = pass_, step
            self._remark()
            self._camera.update()
            self._keep_step_in_view()
        else:
            self._remark()

    def setReveal(self, hidden: bool, revealed: int) -> None:
        """Show the step's numbers as ?, but for the first ``revealed``."""
        self._showing.quiz, self._showing.revealed = hidden, revealed
        self._remark()

    def setDepth(self, depth: str) -> None:
        """Show the ``concept`` or the ``full`` graph."""
        if depth != self._depth:
            self._depth = depth
            self._camera.is_automatic = True
            self._again()

    def setDirection(self, direction: str) -> None:
        """Lay out ``TB`` or ``LR``."""
        if direction != self._direction:
            self._direction = direction
            self._camera.is_automatic = True
            self._again()

    def setShowUnneeded(self, on: bool) -> None:
        """Show also the backward ops from which no wanted gradient is reached."""
        if on != self._unneeded:
            self._unneeded = on
            self._again()

    def setPath(self, edges: Sequence[tuple[str, str, int]]) -> None:
        """Let a path stand out, given as (op, op, argument slot of the second); nothing ends it."""
        self._showing.path = tuple(edges)
        self._restyle()

    def setTangents(self, pushed: tuple[str, Values] | None) -> None:
        """Show tangents, with a sign before them, in the boxes of the forward pass; None: no more."""
        self._showing.tangents = pushed
        self._remark()

    def setDimmed(self, dimmed: bool) -> None:
        """Dim everything: it is not what stands in the line."""
        if dimmed != self._dimmed:
            self._dimmed = dimmed
            self.viewport().update()

    def setDigits(self, digits: int) -> None:
        """Set how many significant digits numbers have."""
        self._showing.digits = digits
        self._restyle()

    def setTheme(self, theme: Theme) -> None:
        """Use the theme's colours."""
        self._theme = theme
        self.setBackgroundBrush(theme.panel)
        self._stage.set_theme(self._colours(theme))
        self.viewport().update()

    def setScale(self, scale: float) -> None:
        """Scale the graph with everything else."""
        self._scale = scale
        self._camera.set_scale(scale)

    def setAnimated(self, animated: bool) -> None:
        """Move boxes smoothly, or put them where they belong at once."""
        self._animated = animated

    def select(self, kind: str, name: str) -> None:
        """Mark a node or an edge as selected."""
        self._showing.selection = (kind, name)
        self._restyle()

    def clearSelection(self) -> None:
        """Mark nothing."""
        self._showing.selection = None
        self._restyle()

    # -- inside: what is shown --------------------------------------------------------------------

    def prepare(self, trace: Trace, depth: str, direction: str) -> None:
        """Lay out a graph that will be shown soon."""
        laid_out(self._picture_of(trace, depth), direction, depth == "concept")

    def _picture(self) -> Picture:
        assert self._trace is not None
        return self._picture_of(self._trace, self._depth)

    def _picture_of(self, trace: Trace, depth: str) -> Picture:
        return full_picture(trace, self._unneeded) if depth == "full" else concept_picture(trace)

    def _again(self) -> None:
        if self._trace is not None:
            self._put(self._picture(), animate=True)

    def _put(self, picture: Picture, animate: bool) -> None:
        self._placed = laid_out(picture, self._direction, self._depth == "concept" and self._trace is not None)
        self._stage.put(self._placed)
        if self._theme is not None:
            self._stage.set_theme(self._colours(self._theme))
        self._remark()
        self._camera.begin_transition(self._placed.size, self._trace is not None)
        moving = animate and self._animated and self.isVisible()
        self._move.stop()
        if moving:
            self._moved(0.0)
            self._move.start()
        else:
            self._moved(1.0)

    def _moved(self, progress: Any) -> None:
        t = 1 - (1 - float(progress)) ** 3
        self._stage.move(t)
        self._camera.set_progress(t)

    def _remark(self) -> None:
        self._showing.remark()
        self._camera.focus = self._middle_of(self._showing.marks.active)
        self._restyle()

    def _restyle(self) -> None:
        self._stale = True
        self.viewport().update()

    def _bring_up_to_date(self) -> None:
        self._stale = False
        self._showing.dress(self._stage, self._placed.picture if self._placed is not None else None)

    # -- inside: where we look --------------------------------------------------------------------

    def fit(self) -> None:
        """Show the whole graph, now and for every expression to come, until somebody zooms."""
        self._camera.fit()

    def zoom_to_step(self) -> None:
        """Show the op of the current step, or the selected one, large; where it is already, the whole graph again."""
        if self._placed is None or not self._camera.is_automatic:
            self.fit()
            return
        selection = self._showing.selection
        name = self._first_of({selection[1]} if selection is not None else self._showing.marks.active)
        if name is not None:
            self._arrive()
            self._camera.zoom_to(self._placed.centres[name], self._stage.around(name))

    def unzoom(self) -> None:
        """Fit the graph again, as it was before somebody zoomed."""
        self._camera.unzoom()

    def zoom_by(self, factor: float) -> None:
        """Zoom at the pointer."""
        if self._camera.can_zoom_by(factor):
            self.begin_manual_move()
            self.scale(factor, factor)

    def begin_manual_move(self) -> None:
        """Stay where the user moves us."""
        self._arrive()
        self._camera.hold()

    def _arrive(self) -> None:
        """Bring everything where it belongs, now."""
        self._move.stop()
        self._stage.move(1.0)

    def _first_of(self, names: Collection[str]) -> str | None:
        """The first of these ops that is on the graph."""
        return next((name for name in names if self._placed is not None and name in self._placed.centres), None)

    def _middle_of(self, names: Collection[str]) -> tuple[float, float] | None:
        name = self._first_of(names)
        return self._placed.centres[name] if name is not None and self._placed is not None else None

    def _keep_step_in_view(self) -> None:
        active = self._showing.marks.active
        self._camera.keep_in_view([item.sceneBoundingRect() for item in self._stage.boxes() if item.box.id in active])

    # -- events -----------------------------------------------------------------------------------

    def resizeEvent(self, event: Any) -> None:
        """Keep the whole graph in view."""
        super().resizeEvent(event)
        self._camera.update()
        self._keep_step_in_view()

    def move_selection(self, offset: int) -> None:
        """Select the next box or the one before, in forward order."""
        if self._placed is None or self._trace is None:
            return
        names = [box.id for box in self._placed.picture.boxes if box.tensor is not None]
        selection = self._showing.selection
        self.select_among(names, selection[1] if selection is not None else None, offset)

    def item_tooltip(self, item: GraphItem | None) -> str:
        """Return the numbers that an item shows, with all digits."""
        return self._showing.tip(item)

    def item_description(self, item: GraphItem) -> str:
        """Return the numbers of an item, or its name if it has none yet or they are hidden."""
        name = item.box.name if isinstance(item, BoxItem) else item.link.tensor if isinstance(item, LinkItem) else ""
        return self.item_tooltip(item) or (f"{name}, without a number so far" if name else "")

    def whatIs(self, point: QPoint) -> tuple[str, str] | None:
        """Return what lies at a point: something of the graph, or the words about its colours."""
        found = super().whatIs(point)
        return ("legend", "") if found is None and self._legend.contains(point) else found

    def drag_box(self, box: BoxItem, dx: float, dy: float) -> None:
        """Move a box; its links follow. The next expression lays everything out anew."""
        self._stage.drag(box, dx, dy)
        self._legend.invalidate()
        self.viewport().update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint, and say which expression is on the screen now."""
        if self._stale:
            self._bring_up_to_date()
        super().paintEvent(event)
        if self._trace is not None and self._painted is not self._trace:
            self._painted = self._trace
            QTimer.singleShot(0, self, lambda text=self._trace.expression: self.painted.emit(text))
        self.valuesPainted.emit()
        if not self._ever_painted:
            self._ever_painted = True
            QTimer.singleShot(0, self, self.firstPainted.emit)

    def drawForeground(self, painter: QPainter, rect: QRectF) -> None:
        """Paint the veil over a graph that is not what was typed, and the legend."""
        if self._theme is None:
            return
        painter.save()
        painter.resetTransform()
        view = self.viewport().rect()
        if self._dimmed:
            veil = QColor(self._theme.panel)
            veil.setAlphaF(1 - VISIBLE_SHARE)
            painter.fillRect(view, veil)
        if self._showing.wrong is not None:
            paint_warning(painter, QRectF(view), self._theme, self._scale)
        if self._trace is not None and not self.isMoving:
            colours = self._colours(self._theme)
            self._legend.paint(painter, self, self._placed, self._stage.boxes(), colours, self._scale)
        painter.restore()

    def save(self, path: str) -> None:
        """Write the graph as it is to an SVG, PNG or PDF file; raises OSError or ValueError."""
        save_drawing(self.drawing(), self.backgroundBrush().color(), path)

    def drawing(self) -> Drawing:
        """Return the whole graph as it is; raises ValueError where there is none."""
        if self._placed is None or self._theme is None:
            raise ValueError("there is no graph yet")
        if self._showing.wrong is not None:
            raise ValueError("one rule of this backward pass is broken; end the exercise first")
        self._bring_up_to_date()
        return scene_drawing(self._scene, self._placed.size)
