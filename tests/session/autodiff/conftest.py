"""A session of an expression whose engine answers from a table."""

import pytest

from explorer.session.autodiff.differentiation_methods import MethodSession
from explorer.session.autodiff.session import AutodiffSession


@pytest.fixture
def client(table_client):
    return table_client()


@pytest.fixture
def session(client):
    return AutodiffSession(client)


@pytest.fixture
def methods(client, session):
    return MethodSession(client, session)
