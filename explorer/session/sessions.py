"""All sessions of a window, built and joined in one place."""

from dataclasses import dataclass
from functools import partial

from PySide6.QtCore import QObject

from explorer.session.activations.session import ActivationsSession
from explorer.session.autodiff.differentiation_methods import MethodSession
from explorer.session.autodiff.gradient_check import GradientCheckSession
from explorer.session.autodiff.higher_order import HigherOrderSession
from explorer.session.autodiff.session import AutodiffSession
from explorer.session.data.session import DataSession
from explorer.session.engine_client.client import EngineClient
from explorer.session.models.current_network import CurrentNetworkSession
from explorer.session.network_graph.session import NetworkGraphSession
from explorer.session.plot.curve import CurveSession
from explorer.session.plot.surface import SurfaceSession
from explorer.session.practice.find_mistake import FindMistakeSession
from explorer.session.practice.prediction import PredictionSession
from explorer.session.practice.session import PracticeSession
from explorer.session.settings_store import SettingsStore
from explorer.session.training.session import TrainingSession
from explorer.session.weights.gradient_explanation import GradientExplanationSession
from explorer.session.weights.session import WeightsSession


@dataclass(frozen=True)
class Sessions:
    """The sessions that several features share.

    A session that belongs to one feature alone is built by that feature, from these.
    """

    client: EngineClient
    store: SettingsStore
    autodiff: AutodiffSession
    curve: CurveSession
    surface: SurfaceSession
    gradient_check: GradientCheckSession
    methods: MethodSession
    higher_order: HigherOrderSession
    prediction: PredictionSession
    practice: PracticeSession
    find_mistake: FindMistakeSession
    data: DataSession
    training: TrainingSession
    current_network: CurrentNetworkSession
    weights: WeightsSession
    gradient_explanation: GradientExplanationSession
    activations: ActivationsSession
    network_graph: NetworkGraphSession


def create_sessions(client: EngineClient, store: SettingsStore, parent: QObject) -> Sessions:
    """Return new sessions that send their requests to ``client`` and live as long as ``parent``."""
    autodiff = AutodiffSession(client, parent)
    curve = CurveSession(client, autodiff, parent)
    prediction = PredictionSession(client, autodiff, curve, parent)
    data = DataSession(client, parent)
    network = CurrentNetworkSession(client, parent)
    weights = WeightsSession(client, network, parent)
    sessions = Sessions(
        client=client,
        store=store,
        autodiff=autodiff,
        curve=curve,
        surface=SurfaceSession(client, autodiff, parent),
        gradient_check=GradientCheckSession(client, autodiff, parent),
        methods=MethodSession(client, autodiff, parent),
        higher_order=HigherOrderSession(autodiff, parent),
        prediction=prediction,
        practice=PracticeSession(autodiff, prediction, parent),
        find_mistake=FindMistakeSession(autodiff, parent),
        data=data,
        training=TrainingSession(client, store.folder, parent),
        current_network=network,
        weights=weights,
        gradient_explanation=GradientExplanationSession(client, weights, parent),
        activations=ActivationsSession(client, network, data, parent),
        network_graph=NetworkGraphSession(client, network, parent),
    )
    data.infoChanged.connect(lambda _info: sessions.network_graph.handle_images(data.name))
    sessions.training.runDiscarded.connect(network.discard_run)
    _follow_settings(autodiff, store)
    return sessions


def _follow_settings(autodiff: AutodiffSession, store: SettingsStore) -> None:
    """Keep precision, direction and depth of the expression's graph the same as in the settings."""
    setters = {"dtype": autodiff.set_dtype, "direction": autodiff.set_direction, "depth": autodiff.set_depth}

    def apply(key: str, value: object) -> None:
        if key in setters:
            setters[key](str(value))

    for key in setters:
        apply(key, store.get(key))
    store.changed.connect(apply)
    autodiff.directionChanged.connect(partial(store.set, "direction"))
    autodiff.depthChanged.connect(partial(store.set, "depth"))
