"""What happens around every request: the headers that tell who answered, what is counted, and the faults of a drill."""

import asyncio
import random

from starlette.datastructures import MutableHeaders
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from src.api.faults import Faults
from src.api.metrics import Metrics


class Signature:
    """Puts x-slipway-version and x-slipway-slot on every answer. Outermost, so that no error escapes it."""

    def __init__(self, app: ASGIApp, version: str, slot: str) -> None:
        self._app = app
        self._version = version
        self._slot = slot

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_signed(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers["x-slipway-version"] = self._version
                headers["x-slipway-slot"] = self._slot
            await send(message)

        await self._app(scope, receive, send_signed)


class Measured:
    """Counts requests under way, and those that an exception ended, which reaches it after the answer."""

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self._app = app
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        with self._metrics.in_flight.track_inprogress():
            try:
                await self._app(scope, receive, send)
            except Exception:
                self._metrics.count_exception("unhandled")
                raise


class FaultInjection:
    """Makes requests slow or fail as the faults say. /health is left alone: it has faults of its own."""

    def __init__(self, app: ASGIApp, faults: Faults) -> None:
        self._app = app
        self._faults = faults

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["path"] != "/health":
            await asyncio.sleep(self._faults.latency_ms / 1000)
            if random.random() < self._faults.error_rate:  # nosec B311
                failure = JSONResponse({"detail": "fault: error-rate"}, status_code=500)
                await failure(scope, receive, send)
                return
        await self._app(scope, receive, send)
