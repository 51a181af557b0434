"""Answers requests: small ones at once and in order, curves beside them, SymPy's in a thread that may wait."""

import gc
import sys
import threading
from collections import OrderedDict, deque
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from explorer.core.errors import ExpressionError
from explorer.core.ops.table import ops_by_type
from explorer.engine.autodiff.forward_mode import tangents
from explorer.engine.autodiff.gradient_check import compare
from explorer.engine.autodiff.sympy_client import SymbolicWorker
from explorer.engine.autodiff.tracing import Traced, trace_expression
from explorer.engine.plot.curves import Curves
from explorer.engine.services.data import DataService
from explorer.engine.tf_adapter import gradient_registry

KEPT = 16
"""Graphs whose values can still be asked for; those that were not used for longest are closed."""

LASTING = 8
"""Of these so many are told to last: what the window has asked for meanwhile will not close them."""

if TYPE_CHECKING:
    from explorer.engine.services.models import ModelService
    from explorer.engine.services.network_graph import NetworkGraphService
    from explorer.engine.services.training import TrainingService

LITTER = 40
"""Closed graphs after which garbage is collected even if nobody pauses."""

SHARE = 0.001
"""Seconds after which a thread that works lets another one go on: while a network is traced, which takes long, a small
answer must not wait at each turn for as long as Python is used to let it."""

MOST_POINTS = 64
"""Points at which one request may ask for values."""

Reply = Callable[[dict[str, Any]], None]


class PrefetchAbandoned(Exception):  # noqa: N818 - nothing is wrong
    """What was asked ahead of its time is not worked on any more, for something else was asked."""


class Mailbox:
    """Requests for one worker. In a lane the newest wins: an older one that still waits is answered as superseded."""

    def __init__(self, reply: Reply) -> None:
        self._reply = reply
        self._waiting: deque[dict[str, Any]] = deque()
        self._changed = threading.Condition()
        self._closed = False

    def put(self, message: dict[str, Any]) -> None:
        """Add a request."""
        old: list[dict[str, Any]] = []
        with self._changed:
            if (lane := message.get("lane")) is not None:
                old = [other for other in self._waiting if other.get("lane") == lane]
                self._waiting = deque(other for other in self._waiting if other.get("lane") != lane)
            self._waiting.append(message)
            self._changed.notify()
        for other in old:
            self._reply({"id": other["id"], "kind": other["kind"], "superseded": True})

    def take(self, idle: Callable[[], None] | None = None) -> dict[str, Any] | None:
        """Return the next request, or None at the end. ``idle`` is called once when nothing has come for a while."""
        with self._changed:
            while not self._waiting and not self._closed:
                if not self._changed.wait(0.3 if idle is not None else None) and idle is not None:
                    idle()
                    idle = None
            return self._waiting.popleft() if self._waiting and not self._closed else None

    def close(self) -> None:
        """End it: `take` returns None from now on."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()


class Server:
    """The engine's workers. ``reply`` must be safe to call from any thread."""

    def __init__(self, reply: Reply) -> None:
        self._reply = reply
        self._traced: OrderedDict[int, Traced] = OrderedDict()
        self._at_rest = threading.Event()
        self._at_rest.set()
        self._curves = Curves(self._give_way)
        self._worker = SymbolicWorker()
        self._dirty = 0
        self._asked = 0  # how much was asked that somebody waits for
        self._data = DataService(reply)
        self._making = threading.Lock()
        self._training_room: TrainingService | None = None
        self._network_room: ModelService | None = None
        self._graph_room: NetworkGraphService | None = None
        self._kinds: dict[str, Callable[[Mapping[str, Any]], dict[str, Any]]] = {
            "trace": self._trace,
            "values": self._values,
            "points": self._points,
            "tangents": self._tangents,
            "curve": self._curves.curve,
            "curve_table": self._curves.table,
            "check": self._curves.check,
            "field": self._curves.field,
            "descend": self._curves.descend,
            "simplify": self._simplify,
            "data_info": self._data.info,
            "data_page": self._data.page,
            "data_fetch": self._data.fetch,
            "data_fetch_cancel": self._data.cancel,
            "train": lambda request: self._training().start(request),
            "train_control": lambda request: self._training().control(request),
            "prepare_training": lambda _request: prepare(),
            "network_info": lambda request: self._network().info(request),
            "open_network": lambda request: self._network().open(request),
            "show_run": lambda request: self._network().show_run(request),
            "save_network": lambda request: self._network().save(request),
            "weights": lambda request: self._network().weights(request),
            "save_weights": lambda request: self._network().save_weights(request),
            "explain_weight": lambda request: self._network().explain(request),
            "dead_units": lambda request: self._network().dead(request),
            "activations": lambda request: self._network().activations(request),
            "unit": lambda request: self._network().unit(request),
            "exciting_images": lambda request: self._network().exciting(request),
            "image_gradient": lambda request: self._network().gradient(request),
            "graph_open": lambda request: self._graph().open(request),
            "graph_view": lambda request: self._graph().view(request),
            "graph_values": lambda request: self._graph().values(request),
            "graph_pictures": lambda request: self._graph().pictures(request),
            "graph_op": lambda request: self._graph().op(request),
            "graph_profile": lambda request: self._graph().profile(request),
            "graph_search": lambda request: self._graph().search(request),
            "graph_trace": lambda request: self._graph().trace_path(request),
            "compare": lambda request: compare(request, self._worker),
        }
        boxes = (Mailbox(reply) for _ in range(7))
        self._quick, self._curve, self._symbolic, self._looks, self._images, self._graphs, self._flows = boxes
        looks = (
            "prepare_training", "network_info", "open_network", "save_network", "weights", "save_weights", "dead_units",
            "explain_weight", "show_run", "activations", "unit", "image_gradient", "exciting_images",
        )  # fmt: skip
        # What is seen of a graph need not wait for what flows through it.
        graphs, flows = (
            ("graph_open", "graph_view", "graph_search", "graph_trace"),
            (
                "graph_values",
                "graph_pictures",
                "graph_op",
                "graph_profile",
            ),
        )
        self._boxes = {
            **dict.fromkeys(graphs, self._graphs),
            **dict.fromkeys(flows, self._flows),
            **dict.fromkeys(("data_info", "data_page", "data_fetch", "data_fetch_cancel"), self._images),
            **dict.fromkeys(("trace", "values", "points", "tangents"), self._quick),
            **dict.fromkeys(("simplify", "compare"), self._symbolic),
            **dict.fromkeys(looks, self._looks),
        }

    def put(self, message: dict[str, Any]) -> None:
        """Take a request from the reader's thread; also before TensorFlow is ready."""
        kind, number = message.get("kind"), message.get("id")
        if not isinstance(number, int):
            return
        if kind not in self._kinds:
            self._reply({"id": number, "kind": kind, "error": {"message": f"unknown request {kind}", "column": None}})
            return
        if message.get("ahead"):
            message["after"] = self._asked
        else:
            self._asked += 1
        if message.get("drawn") and self._training_room is not None:
            self._training_room.stand_aside()
        if kind in ("train", "train_control"):
            self._answer(message)  # threads are started and flags are set: in a line a pause would come late
        else:
            self._boxes.get(str(kind), self._curve).put(message)

    def run(self) -> None:
        """Work in this thread, and in six more, until `close`."""
        gc.collect()
        gc.freeze()  # TensorFlow's modules never die: looking at them again and again would cost 100 ms a time
        gc.disable()  # and what a graph leaves behind is collected while nobody waits
        sys.setswitchinterval(SHARE)
        boxes = (self._curve, self._symbolic, self._looks, self._images, self._graphs, self._flows)
        others = [threading.Thread(target=self._work, args=(box, None), daemon=True) for box in boxes]
        for thread in others:
            thread.start()
        threading.Thread(target=self._warm_up, daemon=True).start()
        self._work(self._quick, self._clean)

    def close(self) -> None:
        """End all workers; safe to call from the reader's thread."""
        if self._training_room is not None:
            self._training_room.stop()
        self._data.stop()
        others = (self._symbolic, self._looks, self._images, self._graphs, self._flows)
        for box in (self._quick, self._curve, *others):
            box.close()
        self._worker.close()

    def _training(self) -> "TrainingService":
        """The room for training, made when it is first asked for: Keras need not be ready before."""
        networks = self._network()
        with self._making:
            if self._training_room is None:
                from explorer.engine.services.training import TrainingService

                self._training_room = TrainingService(self._reply, networks, self._data)
            return self._training_room

    def _network(self) -> "ModelService":
        """The room for looking into networks, made when it is first asked for."""
        with self._making:
            if self._network_room is None:
                from explorer.engine.services.models import ModelService

                self._network_room = ModelService(self._data)
            return self._network_room

    def _graph(self) -> "NetworkGraphService":
        """The room for networks' graphs, made when it is first asked for."""
        networks = self._network()
        with self._making:
            if self._graph_room is None:
                from explorer.engine.services.network_graph import NetworkGraphService

                self._graph_room = NetworkGraphService(networks, self._data)
            return self._graph_room

    def _warm_up(self) -> None:
        gradient_registry.preload_sources(list(ops_by_type()))
        self._worker.warm_up()

    def _work(self, box: Mailbox, idle: Callable[[], None] | None) -> None:
        quick = box is self._quick
        while (request := box.take(idle)) is not None:
            if quick:
                self._at_rest.clear()
            self._answer(request)
            if quick:
                self._at_rest.set()
                if self._dirty >= LITTER:
                    self._clean()

    def _answer(self, request: dict[str, Any]) -> None:
        head = {"id": request["id"], "kind": request["kind"]}
        try:
            self._look_up(request)
            result = self._kinds[request["kind"]](request)
        except PrefetchAbandoned:
            self._reply({**head, "superseded": True})
        except ExpressionError as error:
            self._reply({**head, "error": {"message": error.message, "column": error.column}})
        except Exception as error:  # the engine must live to answer the next request
            self._reply({**head, "error": {"message": _sentence(error), "column": None}})
        else:
            self._reply({**head, **result})

    def _look_up(self, request: Mapping[str, Any]) -> None:
        """Raise GivenUp if this was asked ahead of its time, and something else after it."""
        if request.get("ahead") and request["after"] != self._asked:
            raise PrefetchAbandoned

    def _give_way(self) -> None:
        """Let a curve wait while a graph is built: two threads of Python would only slow each other down."""
        self._at_rest.wait(0.1)

    def _clean(self) -> None:
        if self._dirty:
            self._dirty = 0
            gc.collect()

    def _trace(self, request: Mapping[str, Any]) -> dict[str, Any]:
        traced = trace_expression(
            request["text"],
            request.get("point") or {},
            request.get("dtype") or "float32",
            request.get("wrt"),
            differentiated_by=request.get("differentiated_by") or (),
            look_up=lambda: self._look_up(request),
        )
        self._use(request.get("hold"))  # asked ahead: another graph is the one that is seen
        self._traced[traced.trace.graph] = traced
        while len(self._traced) > KEPT:
            self._traced.popitem(last=False)[1].close()
            self._dirty += 1
        return {"trace": traced.trace.to_wire(), "values": traced.values, "lasting": list(self._traced)[-LASTING:]}

    def _use(self, graph: Any) -> Traced | None:
        """Return a graph, None if it is closed; it will be the last one to be closed."""
        if graph in self._traced:
            self._traced.move_to_end(graph)
        return self._traced.get(graph)

    def _values(self, request: Mapping[str, Any]) -> dict[str, Any]:
        traced = self._use(request["graph"])
        if traced is None:
            raise ExpressionError("gone")
        return {"graph": request["graph"], "values": traced.compute(request.get("point") or {})}

    def _tangents(self, request: Mapping[str, Any]) -> dict[str, Any]:
        traced = self._use(request["graph"])
        if traced is None:
            raise ExpressionError("TensorFlow has built this graph anew: try once more.")
        return {"tangents": tangents(traced, request["variable"], request.get("point") or {})}

    def _points(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """Answer ``points``: the values of all fetches at each point of a list, which are few."""
        traced = self._use(request["graph"])
        if traced is None:
            raise ExpressionError("TensorFlow has built this graph anew: try once more.")
        return {"values": [traced.compute(point) for point in request["points"][:MOST_POINTS]]}

    def _simplify(self, request: Mapping[str, Any]) -> dict[str, Any]:
        simplified, note = self._worker.simplify(request["formula"], request.get("point") or {})
        return {"simplified": simplified, "note": note}


def prepare() -> dict[str, Any]:
    """Import Keras, which takes a second, before it is needed."""
    import keras

    from explorer.engine.training import trainer as _trainer  # noqa: F401

    return {"keras": keras.__version__}


def _sentence(error: Exception) -> str:
    if isinstance(error, MemoryError):
        return "There is not enough memory for this."
    return f"TensorFlow could not do this: {str(error).splitlines()[0] if str(error) else type(error).__name__}"
