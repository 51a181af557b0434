"""Receives requests and has them answered: each by the worker and the service that its declaration names."""

import gc
import sys
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from explorer.core.errors import ErrorCode, UserError
from explorer.core.protocol.request_kind import Handlers, Message, RequestKind, Worker, wire_error, wire_user_error
from explorer.core.protocol.requests import REQUESTS
from explorer.engine.mailbox import Mailbox, PrefetchAbandoned, PrefetchGuard, Send
from explorer.engine.services.autodiff import AutodiffService
from explorer.engine.services.data import DataService
from explorer.engine.services.plot import PlotService

if TYPE_CHECKING:  # they import Keras, which takes a second
    from explorer.engine.services.models import ModelService
    from explorer.engine.services.network_graph import NetworkGraphService
    from explorer.engine.services.training import TrainingService

SWITCH_INTERVAL_S = 0.001
"""Interpreter switch interval: short, so that small replies overtake the tracing of a network."""

MAX_YIELD_S = 0.1
"""Seconds that a curve waits for a trace at most, at each of its steps."""

T = TypeVar("T")


class Lazy(Generic[T]):
    """An object made on first use. Other threads that need it meanwhile wait for it."""

    def __init__(self, make: Callable[[], T]) -> None:
        self._make = make
        self._lock = threading.Lock()
        self.made: T | None = None

    def __call__(self) -> T:
        """Return the object."""
        with self._lock:
            if self.made is None:
                self.made = self._make()
            return self.made


class Services:
    """The engine's services, each made when it is first needed."""

    def __init__(self, send: Send, check_prefetch: Callable[[], None], yield_to_tracing: Callable[[], None]) -> None:
        self._send = send
        self.autodiff = Lazy(lambda: AutodiffService(check_prefetch))
        self.plot = Lazy(lambda: PlotService(yield_to_tracing))
        self.data = Lazy(lambda: DataService(send))
        self.models = Lazy(self._make_models)
        self.training = Lazy(self._make_training)
        self.network_graph = Lazy(self._make_network_graph)
        self._handlers: dict[str, Callable[[Any], Any]] = {}

    def handler(self, kind: RequestKind[Any, Any]) -> Callable[[Any], Any]:
        """Return the function that answers a kind of request; raise what importing its service raises."""
        if kind.name not in self._handlers:
            self._handlers.update(self.handlers(kind.service))
        return self._handlers[kind.name]

    def handlers(self, service: str) -> Handlers:
        """Return all functions of a service by the kind of request that they answer."""
        found: Handlers = getattr(self, service)().handlers()
        return found

    def yield_to_drawing(self) -> None:
        """Let a run pause briefly, so that the network answers quickly while the user draws."""
        if self.training.made is not None:
            self.training.made.yield_to_drawing()

    def close(self) -> None:
        """End what goes on by itself: a run, a download, SymPy's process."""
        if self.training.made is not None:
            self.training.made.close()
        if self.data.made is not None:
            self.data.made.stop()
        if self.autodiff.made is not None:
            self.autodiff.made.close()

    def _make_models(self) -> "ModelService":
        from explorer.engine.services.models import ModelService

        return ModelService(self.data())

    def _make_training(self) -> "TrainingService":
        from explorer.engine.services.training import TrainingService

        return TrainingService(self._send, self.models(), self.data())

    def _make_network_graph(self) -> "NetworkGraphService":
        from explorer.engine.services.network_graph import NetworkGraphService

        return NetworkGraphService(self.models(), self.data())


class Server:
    """The engine's workers. ``send`` must be safe to call from any thread."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self._prefetches = PrefetchGuard()
        self._no_trace = threading.Event()
        self._no_trace.set()
        self._services = Services(send, self._prefetches.check, self._yield_to_tracing)
        self._mailboxes: dict[Worker, Mailbox] = {
            worker: Mailbox(send) for worker in Worker if worker is not Worker.READER
        }

    def put(self, message: Message) -> None:
        """Take a request; called by the thread that reads, also before `run`."""
        number, name = message.get("id"), message.get("kind")
        if not isinstance(number, int):
            return  # no reply could be matched with it
        kind = REQUESTS.get(name) if isinstance(name, str) else None
        if kind is None:
            error = wire_error(f"The request {name} is unknown.", ErrorCode.UNKNOWN_REQUEST)
            self._send({"id": number, "kind": name, "error": error})
            return
        self._prefetches.register(message)
        if message.get("is_drawing"):
            self._services.yield_to_drawing()
        if kind.worker is Worker.READER:
            self._answer(message)
        else:
            self._mailboxes[kind.worker].put(message)

    def run(self) -> None:
        """Answer requests until `close`: traces in this thread, the others in a thread for each worker."""
        gc.collect()
        gc.freeze()  # TensorFlow's modules never die: scanning them again and again would cost 100 ms a time
        gc.disable()  # closed graphs are collected while nobody waits
        sys.setswitchinterval(SWITCH_INTERVAL_S)
        for worker in self._mailboxes:
            if worker is not Worker.EXPRESSION:
                threading.Thread(target=self._work, args=(worker,), name=worker.value, daemon=True).start()
        autodiff = self._services.autodiff()
        threading.Thread(target=autodiff.warm_up, name="warm-up", daemon=True).start()
        self._trace(autodiff)

    def close(self) -> None:
        """End all workers; safe to call from the thread that reads."""
        for mailbox in self._mailboxes.values():
            mailbox.close()
        self._services.close()

    def _work(self, worker: Worker) -> None:
        while (message := self._mailboxes[worker].take()) is not None:
            self._answer(message)

    def _trace(self, autodiff: AutodiffService) -> None:
        mailbox = self._mailboxes[Worker.EXPRESSION]
        while (message := mailbox.take(autodiff.collect_garbage)) is not None:
            self._no_trace.clear()
            self._answer(message)
            self._no_trace.set()
            if autodiff.has_much_garbage:
                autodiff.collect_garbage()

    def _yield_to_tracing(self) -> None:
        """Wait while an expression is traced: two threads of Python would only slow each other down."""
        self._no_trace.wait(MAX_YIELD_S)

    def _answer(self, message: Message) -> None:
        head = {"id": message["id"], "kind": message["kind"]}
        try:
            self._prefetches.begin(message)
            reply = self._services.handler(REQUESTS[message["kind"]])(message)
        except PrefetchAbandoned:
            self._send({**head, "superseded": True})
        except UserError as error:
            self._send({**head, "error": wire_user_error(error)})
        except Exception as error:  # the engine must live to answer the next request
            self._send({**head, "error": wire_error(_message_of(error), ErrorCode.INTERNAL)})
        else:
            self._send({**head, **reply})


def _message_of(error: Exception) -> str:
    if isinstance(error, MemoryError):
        return "There is not enough memory for this."
    return f"TensorFlow could not do this: {str(error).splitlines()[0] if str(error) else type(error).__name__}"
