"""What a connection to PostgreSQL is set to before anybody uses it."""

import pytest
from sqlalchemy import text

from models.base import open_engine


@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
def test_plans_are_run_and_not_compiled(database):
    engine = open_engine(database.server.url.render_as_string(hide_password=False))
    with engine.connect() as connection:
        assert connection.scalar(text("SHOW jit")) == "off"
        connection.rollback()
        assert connection.scalar(text("SHOW jit")) == "off", "it holds beyond the first transaction"
    engine.dispose()
