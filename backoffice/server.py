"""gunicorn with threads, configured from code."""

from __future__ import annotations

from typing import Any

from gunicorn.app.base import BaseApplication

THREADS = 8
TIMEOUT = 120  # seconds


class Server(BaseApplication):
    """Serves one application."""

    def __init__(self, options: dict[str, Any]) -> None:
        self.options = options
        super().__init__()

    def load_config(self) -> None:
        """Take the options over."""
        for name, value in self.options.items():
            self.cfg.set(name, value)

    def load(self) -> Any:
        """Build the application in each worker: connections must not cross a fork."""
        from backoffice.app import create_app  # noqa: PLC0415

        return create_app()


def serve(host: str, port: int, workers: int) -> None:
    """Serve until told to stop."""
    Server(
        {
            "bind": f"{host}:{port}",
            "workers": workers,
            "threads": THREADS,
            "worker_class": "gthread",
            "timeout": TIMEOUT,
            "control_socket_disable": True,
            "accesslog": None,  # addresses may name people; the journal keeps what was done
        }
    ).run()
