"""The stage workflow tests play on."""

from __future__ import annotations

import pytest
from stage import Stage


@pytest.fixture
def stage(world, connection, open_session):
    """The world inside a transaction that is taken back."""
    return Stage(world, connection, open_session)
