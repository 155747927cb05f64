"""What operators and probes ask."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, current_app, jsonify
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from views.extensions import system_session

health = Blueprint("health", __name__)


@health.get("/healthz")
def healthz() -> Any:
    """Tell that the process answers."""
    return jsonify(status="ok")


@health.get("/readyz")
def readyz() -> Any:
    """Tell whether requests can be served: the database answers and its schema is current."""
    try:
        with system_session() as session:
            session.execute(text("SELECT 1 FROM region LIMIT 1"))
    except SQLAlchemyError:
        current_app.logger.exception("database is not ready")
        return jsonify(status="database"), 503
    return jsonify(status="ok")


@health.get("/metrics")
def metrics() -> Response:
    """Return process metrics in Prometheus text format."""
    return Response(generate_latest(), mimetype=CONTENT_TYPE_LATEST)
