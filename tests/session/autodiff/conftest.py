"""A session of an expression whose engine answers from a table."""

import pytest

from explorer.session.autodiff.differentiation_methods import MethodSession


@pytest.fixture
def methods(client, session):
    return MethodSession(client, session)
