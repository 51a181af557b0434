"""SymPy's process, which a module of tests shares: to start it takes a second."""

import pytest

from explorer.engine.autodiff.sympy_client import SymbolicWorker


@pytest.fixture(scope="module")
def worker():
    worker = SymbolicWorker()
    yield worker
    worker.close()
