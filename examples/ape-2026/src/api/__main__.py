"""Runs the service as its container does: `python -m src.api`."""

import signal
import sys
from types import FrameType

import uvicorn

from src.api.main import app, metrics, settings


def stop(_signal: int, _frame: FrameType | None) -> None:
    """Leave at once; uvicorn's own handler, which lets requests finish, stands in front of this one while it runs."""
    sys.exit(0)


# uvicorn raises the signal again when it has finished. Without a handler the process would count as killed.
signal.signal(signal.SIGTERM, stop)

if settings.metrics_port is not None:
    try:
        metrics.serve(settings.metrics_port)
    except OSError as problem:
        sys.exit(f"METRICS_PORT: cannot listen at {settings.metrics_port} ({problem.strerror}).")

uvicorn.run(
    app,
    # The container's network decides who can reach it.
    host="0.0.0.0",  # nosec B104
    port=settings.port,
    # Longer than any proxy keeps an idle connection, so that the proxy closes first and never meets a closing one.
    timeout_keep_alive=90,
    # Longer than a request may take, shorter than what Docker is told to wait.
    timeout_graceful_shutdown=20,
    access_log=False,
    server_header=False,
)
