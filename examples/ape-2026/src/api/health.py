"""Whether this replica can serve: its own state and that of the services it depends on."""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Mapping
from typing import Literal
from urllib.parse import urlsplit

from pydantic import BaseModel

from src.api.faults import Faults

log = logging.getLogger("uvicorn.error")

# A check raises when its service cannot be used.
Check = Callable[[], Awaitable[object]]
State = Literal["healthy", "unhealthy"]

_LIMIT_S = 1.0


class Report(BaseModel):
    """The answer of /health."""

    status: Literal["healthy", "unhealthy", "starting"]
    version: str
    uptime: int
    """Whole seconds since the start."""
    services: dict[str, State]


class Health:
    """Asks every service at once and gives each the same second, so that /health is always quick to answer."""

    def __init__(self, version: str, faults: Faults, checks: Mapping[str, Check]) -> None:
        self._version = version
        self._faults = faults
        self._checks = checks
        self._started = time.monotonic()
        self._known: dict[str, State] = {}

    async def report(self) -> Report:
        """Check every service now."""
        states = await asyncio.gather(*(_state(check) for check in self._checks.values()))
        services = dict(zip(self._checks, states, strict=True))
        self._log_changes(services)
        uptime = time.monotonic() - self._started
        return Report(
            status=self._status(uptime, services), version=self._version, uptime=int(uptime), services=services
        )

    def _status(self, uptime: float, services: Mapping[str, State]) -> Literal["healthy", "unhealthy", "starting"]:
        if self._faults.unhealthy:
            return "unhealthy"
        if uptime < self._faults.slow_start_s:
            return "starting"
        return "healthy" if all(state == "healthy" for state in services.values()) else "unhealthy"

    def _log_changes(self, services: dict[str, State]) -> None:
        for name, state in services.items():
            if self._known.get(name) != state:
                log.info("%s: %s", name, state)
        self._known = services


async def _state(check: Check) -> State:
    # Not a timeout around the call: clearing up a cancelled query may itself hang on a silent server.
    task = asyncio.ensure_future(check())
    _, late = await asyncio.wait({task}, timeout=_LIMIT_S)
    if late:
        task.cancel()
        task.add_done_callback(_take_error)
        return "unhealthy"
    return "unhealthy" if task.exception() else "healthy"


def _take_error(task: asyncio.Future[object]) -> None:
    """Keep asyncio from reporting the error of a check that nobody waits for any more."""
    if not task.cancelled():
        task.exception()


def neo4j_check(url: str) -> Check:
    """A check that Neo4j answers a Bolt handshake at this address; no driver is needed for that."""
    parts = urlsplit(url)

    async def check() -> None:
        reader, writer = await asyncio.open_connection(parts.hostname, parts.port or 7687)
        try:
            # Bolt's magic, then four versions to choose from: 5.0, 4.4 and two empty places.
            writer.write(bytes.fromhex("6060b017 00000005 00000404 00000000 00000000"))
            if await reader.readexactly(4) == bytes(4):
                raise ConnectionError("no common version of Bolt")
        finally:
            writer.close()

    return check
