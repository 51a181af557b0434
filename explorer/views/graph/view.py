"""The graph: TensorFlow's ops with their values, and the gradients that run back."""

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import Property, QPoint, QPointF, QRect, QRectF, Qt, QTimer, QVariantAnimation, Signal
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QTransform
from PySide6.QtWidgets import QFrame, QGraphicsScene, QGraphicsView, QWidget

from explorer.core.graph import traced
from explorer.core.picture import OUTPUT, Picture, concept_picture, full_picture, parsed_picture
from explorer.core.placed import Placed
from explorer.core.syntax import Program
from explorer.core.trace import Trace, Values
from explorer.session.steps import BACKWARD
from explorer.views.drawing import Drawing, save_drawing
from explorer.views.graph.camera import CLOSE, FOLLOWING, READABLE, SMALLEST, between, fitting, following
from explorer.views.graph.hand_view import HandView
from explorer.views.graph.items import BoxItem, BoxLook, Item, LinkItem, LinkLook
from explorer.views.graph.laid_out import laid_out
from explorer.views.graph.legend import legend_place, paint_legend
from explorer.views.graph.looks import Looks, tip
from explorer.views.graph.marks import Marks, marks, shown_values, with_tangents
from explorer.views.graph.stage import Stage
from explorer.views.graph.warning import paint_warning, warning_theme
from explorer.views.theme import Theme
from explorer.views.veil import STAYS

FADED = 0.3
"""Opacity of what has nothing to do with the selected node."""

MOVE = 220
"""Milliseconds in which boxes move from one expression to the next."""


class GraphView(HandView):
    """Shows a trace at a step. It asks by signals and changes nothing but its own zoom."""

    painted = Signal(str)
    valuesPainted = Signal()
    firstPainted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("graphView")
        self.setAccessibleName("Graph of the expression")
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setRenderHint(QPainter.RenderHint.Antialiasing)
        self.setViewportUpdateMode(QGraphicsView.ViewportUpdateMode.FullViewportUpdate)
        self.setOptimizationFlag(QGraphicsView.OptimizationFlag.DontAdjustForAntialiasing)
        self.setTransformationAnchor(QGraphicsView.ViewportAnchor.AnchorUnderMouse)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setDragMode(QGraphicsView.DragMode.NoDrag)
        self._scene = QGraphicsScene(self)
        self._scene.setItemIndexMethod(QGraphicsScene.ItemIndexMethod.NoIndex)
        self.setScene(self._scene)
        self._stage = Stage(self._scene)
        self._trace: Trace | None = None
        self._values: Values = {}
        self._wrong: Values | None = None
        self._placed: Placed | None = None
        self._marks = Marks()
        self._pass, self._step = BACKWARD, 0
        self._quiz, self._revealed = False, 0
        self._depth, self._direction = "concept", "TB"
        self._unneeded = False
        self._dimmed = False
        self._digits = 4
        self._theme: Theme | None = None
        self._scale = 1.0
        self._animated = True
        self._ever_painted = False
        self._fitted, self._whole = True, False
        self._painted: Trace | None = None
        self._selection: tuple[str, str] | None = None
        self._path: tuple[tuple[str, str, int], ...] = ()
        self._tangents: tuple[str, Values] | None = None
        self._legend: QRect | None = None
        self._legend_key: tuple[Any, ...] = ()
        self._move = QVariantAnimation(self, startValue=0.0, endValue=1.0, duration=MOVE)
        self._move.valueChanged.connect(self._moved)
        self._from = QTransform()
        self._to = QTransform()
        # Values may come in faster than the screen shows them: looks are brought up to date once a paint.
        self._stale = False

    # -- what tests and other views may ask -------------------------------------------------------

    def _get_expression(self) -> str:
        return self._painted.expression if self._painted is not None else ""

    def _get_step(self) -> int:
        return self._step if self._painted is self._trace and self._trace is not None else 0

    def _get_values(self) -> dict[str, Any]:
        if self._painted is None or self._painted is not self._trace or self._placed is None:
            return {}
        return shown_values(self._placed.picture, self._marks, self._numbers, self._pass, self._step)

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
            self._fitted = True
        self._trace, self._values = trace, values
        if old is None or (old.expression, old.along) != (trace.expression, trace.along):
            self._step, self._revealed, self._selection = 0, 0, None
            self._fitted, self._whole = True, False  # a zoom into the old graph would look past the new one
        self._put(self._picture(), animate=animate and old is not None)

    def setValues(self, values: Values) -> None:
        """Show new numbers in the same graph."""
        self._values = values
        self._restyle()

    def setWrong(self, wrong: Values | None) -> None:
        """Show gradients that are wrong on purpose instead of TensorFlow's, and say so; None: TensorFlow's again."""
        self._wrong = wrong
        if self._theme is not None:
            self._stage.set_theme(self._colours(self._theme))
        self._restyle()

    @property
    def _numbers(self) -> Values:
        return self._values if self._wrong is None else {**self._values, **self._wrong}

    def _colours(self, theme: Theme) -> Theme:
        return theme if self._wrong is None else warning_theme(theme)

    def setStep(self, pass_: str, step: int) -> None:
        """Show step ``step`` of a pass."""
        if (pass_, step) != (self._pass, self._step):
            self._pass, self._step = pass_, step
            self._remark()
            self._refit()
            self._keep_step_in_view()
        else:
            self._remark()

    def setReveal(self, hidden: bool, revealed: int) -> None:
        """Show the step's numbers as ?, but for the first ``revealed``."""
        self._quiz, self._revealed = hidden, revealed
        self._remark()

    def setDepth(self, depth: str) -> None:
        """Show the ``concept`` or the ``full`` graph."""
        if depth != self._depth:
            self._depth = depth
            self._fitted = True
            self._again()

    def setDirection(self, direction: str) -> None:
        """Lay out ``TB`` or ``LR``."""
        if direction != self._direction:
            self._direction = direction
            self._fitted = True
            self._again()

    def setShowUnneeded(self, on: bool) -> None:
        """Show also the backward ops from which no wanted gradient is reached."""
        if on != self._unneeded:
            self._unneeded = on
            self._again()

    def setPath(self, edges: Sequence[tuple[str, str, int]]) -> None:
        """Let a path stand out, given as (op, op, argument slot of the second); nothing ends it."""
        self._path = tuple(edges)
        self._restyle()

    def setTangents(self, pushed: tuple[str, Values] | None) -> None:
        """Show tangents, with a sign before them, in the boxes of the forward pass; None: no more."""
        self._tangents = pushed
        self._remark()

    def setDimmed(self, dimmed: bool) -> None:
        """Dim everything: it is not what stands in the line."""
        if dimmed != self._dimmed:
            self._dimmed = dimmed
            self.viewport().update()

    def setDigits(self, digits: int) -> None:
        """Set how many significant digits numbers have."""
        self._digits = digits
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
        self._refit()

    def setAnimated(self, animated: bool) -> None:
        """Move boxes smoothly, or put them where they belong at once."""
        self._animated = animated

    def select(self, kind: str, name: str) -> None:
        """Mark a node or an edge as selected."""
        self._selection = (kind, name)
        self._restyle()

    def clearSelection(self) -> None:
        """Mark nothing."""
        self._selection = None
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
        self._from = self.transform()
        moving = animate and self._animated and self.isVisible()
        if self._fitted:
            self._to = self._fitting()
        self._move.stop()
        if moving:
            self._moved(0.0)
            self._move.start()
        else:
            self._moved(1.0)

    def _moved(self, progress: Any) -> None:
        t = 1 - (1 - float(progress)) ** 3
        self._stage.move(t)
        if self._fitted:
            self._look_at(between(self._from, self._to, t))

    def _remark(self) -> None:
        if self._trace is not None:
            self._marks = marks(self._trace, self._pass, self._step, self._quiz, self._revealed, self._tangents)
        self._restyle()

    def _restyle(self) -> None:
        self._stale = True
        self.viewport().update()

    def _bring_up_to_date(self) -> None:
        self._stale = False
        if self._trace is None:
            looks = None
        else:
            values = with_tangents(self._numbers, self._tangents)
            looks = Looks(values, self._marks, self._pass, self._step, self._selection, self._digits)
        related = self._related()
        for item in self._stage.boxes():
            item.setOpacity(1.0 if related is None or item.box.id in related else FADED)
            item.set_look(looks.of_box(item.box) if looks is not None else BoxLook())
        for link in self._stage.links():
            near = related is None or (link.link.source in related and link.link.target in related)
            if near and self._path:
                near = (link.link.source, link.link.target, link.link.slot) in self._path or link.link.target == OUTPUT
            link.setOpacity(1.0 if near else FADED)
            link.set_look(looks.of_link(link.link) if looks is not None else LinkLook(done=False))

    def _related(self) -> set[str] | None:
        """Boxes that lead to the selected one or that it leads to, or on the chosen path; None where all are."""
        if self._path:
            return {OUTPUT, *(name for edge in self._path for name in edge[:2])}
        if self._selection is None or self._selection[0] != "node" or self._placed is None:
            return None
        name, links = self._selection[1], self._placed.picture.links
        return traced([(link.source, link.target) for link in links], name) | {name}

    # -- inside: where we look --------------------------------------------------------------------

    def fit(self) -> None:
        """Show the whole graph, now and for every expression to come, until somebody zooms."""
        self._fitted, self._whole = True, True
        self._refit()

    def zoom_to_step(self) -> None:
        """Show the op of the current step, or the selected one, large; where it is already, the whole graph again."""
        if self._placed is None or not self._fitted:
            self.fit()
            return
        chosen = {self._selection[1]} if self._selection is not None else self._marks.active
        focus = next((self._placed.centres[name] for name in chosen if name in self._placed.centres), None)
        if focus is not None:
            self._move.stop()
            self._stage.move(1.0)
            self._fitted = False
            self._look_at(QTransform(CLOSE * self._scale, 0, 0, CLOSE * self._scale, *focus))

    def unzoom(self) -> None:
        """Fit the graph again, as it was before somebody zoomed."""
        self._fitted = True
        self._refit()

    def _keep_step_in_view(self) -> None:
        """Where somebody zoomed, go on to the op of the step at the same zoom, unless it is in view."""
        if self._fitted:
            return
        boxes = [item.sceneBoundingRect() for item in self._stage.boxes() if item.box.id in self._marks.active]
        seen = self.mapToScene(self.viewport().rect()).boundingRect()
        if boxes and not any(seen.contains(box) for box in boxes):
            zoom, middle = self.transform().m11(), boxes[0].center()
            self._look_at(QTransform(zoom, 0, 0, zoom, middle.x(), middle.y()))

    def _refit(self) -> None:
        if self._placed is not None and self._fitted:
            self._to = self._fitting()
            self._look_at(self._to)

    def _fitting(self) -> QTransform:
        assert self._placed is not None
        size, view = self._placed.size, self.viewport().rect()
        look = fitting(size, view, self._scale)
        if self._whole or self._trace is None or look.m11() >= READABLE * self._scale:
            return look
        focus = next((self._placed.centres[name] for name in self._marks.active if name in self._placed.centres), None)
        return following(size, view, FOLLOWING * self._scale, focus or (size[0] / 2, 0.0))

    def _look_at(self, look: QTransform) -> None:
        """Show what ``look`` says: its scale, and in its translation the point in the middle."""
        self.setTransform(QTransform.fromScale(look.m11(), look.m11()))
        view = self.viewport().rect()
        centre = QPointF(look.dx(), look.dy())
        reach = max(view.width(), view.height()) / max(look.m11(), 1e-3) * 2 + 4000
        self._scene.setSceneRect(QRectF(centre.x() - reach, centre.y() - reach, 2 * reach, 2 * reach))
        self.centerOn(centre)

    def zoom_by(self, factor: float) -> None:
        """Zoom at the pointer."""
        zoom = self.transform().m11() * factor
        if SMALLEST <= zoom <= 6 * self._scale:
            self._move.stop()
            self._stage.move(1.0)
            self._fitted = False
            self.scale(factor, factor)

    # -- events -----------------------------------------------------------------------------------

    def resizeEvent(self, event: Any) -> None:
        """Keep the whole graph in view."""
        super().resizeEvent(event)
        self._refit()
        self._keep_step_in_view()

    def walk(self, by: int) -> None:
        """Select the next box or the one before, in forward order."""
        if self._placed is None or self._trace is None:
            return
        names = [box.id for box in self._placed.picture.boxes if box.tensor is not None]
        current = self._selection[1] if self._selection is not None else None
        at = names.index(current) + by if current in names else (0 if by > 0 else -1)
        self.nodeSelected.emit(names[at % len(names)])

    def tip(self, item: Item | None) -> str:
        """Return all digits of what an item shows."""
        return tip(item, self._numbers, self._marks)

    def name_of(self, item: Item) -> str:
        """Return the name of an item whose number is not there, or must not be told."""
        name = item.box.name if isinstance(item, BoxItem) else item.link.tensor if isinstance(item, LinkItem) else ""
        return f"{name}, without a number so far" if name else ""

    def whatIs(self, point: QPoint) -> tuple[str, str] | None:
        """Return what lies at a point: something of the graph, or the words about its colours."""
        found = super().whatIs(point)
        return ("legend", "") if found is None and self._legend is not None and self._legend.contains(point) else found

    def begin_moving(self) -> None:
        """Stay where the user moves us."""
        self._move.stop()
        self._stage.move(1.0)
        self._fitted = False

    def drag(self, box: BoxItem, dx: float, dy: float) -> None:
        """Move a box; its links follow. The next expression lays everything out anew."""
        self._stage.drag(box, dx, dy)
        self._legend_key = ()
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
            veil.setAlphaF(1 - STAYS)
            painter.fillRect(view, veil)
        if self._wrong is not None:
            paint_warning(painter, QRectF(view), self._theme, self._scale)
        if self._trace is not None and not self.isMoving:
            paint_legend(painter, self._legend_place(view), self._colours(self._theme), self._scale)
        painter.restore()

    def _legend_place(self, view: QRect) -> QRect | None:
        look = self.viewportTransform()
        key = (look.m11(), look.dx(), look.dy(), view.width(), view.height(), self._scale, id(self._placed))
        if key != self._legend_key:
            boxes = [self.mapFromScene(item.mapRectToScene(item.rect())).boundingRect() for item in self._stage.boxes()]
            self._legend_key, self._legend = key, legend_place(view, boxes, self._scale)
        return self._legend

    def save(self, path: str) -> None:
        """Write the graph as it is to an SVG, PNG or PDF file; raises OSError or ValueError."""
        save_drawing(self.drawing(), self.backgroundBrush().color(), path)

    def drawing(self) -> Drawing:
        """Return the whole graph as it is; raises ValueError where there is none."""
        from explorer.views.graph.export import scene_drawing

        if self._placed is None or self._theme is None:
            raise ValueError("there is no graph yet")
        if self._wrong is not None:
            raise ValueError("one rule of this backward pass is broken; end the exercise first")
        self._bring_up_to_date()
        return scene_drawing(self._scene, self._placed.size)
