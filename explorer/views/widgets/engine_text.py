"""The state of the engine as text."""

from explorer.session.engine_client.client import EngineClient


def engine_text(client: EngineClient) -> str:
    """Return the state of the engine in one sentence; after a failure its reason."""
    if client.state == "ready":
        return f"TensorFlow {client.info.get('tensorflow', '')} ready · computes on {client.info.get('device', 'CPU')}"
    return client.message if client.state == "failed" else "TensorFlow is starting"


def short_engine_text(client: EngineClient) -> str:
    """Return the state of the engine in two or three words."""
    return {"ready": "TensorFlow ready", "failed": "TensorFlow failed"}.get(client.state, "TensorFlow is starting")
