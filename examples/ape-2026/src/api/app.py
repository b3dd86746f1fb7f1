"""Puts the service together."""

import asyncio
import json
import logging
import os
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from starlette.types import ASGIApp

from src.api.cache import Cache
from src.api.database import UNREACHABLE, Database
from src.api.faults import Faults
from src.api.health import Check, Health, Report, neo4j_check
from src.api.metrics import Metrics
from src.api.middleware import FaultInjection, Measured, Signature
from src.api.routes import create_router
from src.api.settings import Settings

log = logging.getLogger("uvicorn.error")


def create_app(settings: Settings, database: Database, cache: Cache, metrics: Metrics) -> ASGIApp:
    """The whole service as one ASGI application."""

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        await database.start()
        _start_faults(settings.faults)
        yield
        await database.stop()
        await cache.stop()

    checks: dict[str, Check] = {"database": database.check, "redis": cache.check}
    if settings.neo4j_url:
        checks["neo4j"] = neo4j_check(settings.neo4j_url)
    health = Health(settings.version, settings.faults, checks)

    app = FastAPI(title="APE 2026", version=settings.version, lifespan=lifespan)
    app.add_middleware(FaultInjection, faults=settings.faults)
    app.include_router(create_router(database, cache))

    @app.get("/health", responses={503: {"model": Report}})
    async def get_health() -> JSONResponse:
        report = await health.report()
        return JSONResponse(report.model_dump(), status_code=200 if report.status == "healthy" else 503)

    @app.get("/")
    async def get_root() -> dict[str, str]:
        return {"name": "ape-2026", "version": settings.version}

    async def answer_unreachable(_: Request, error: Exception) -> JSONResponse:
        log.warning("database: %s", type(error).__name__)
        metrics.count_exception("database")
        return JSONResponse({"detail": "the database cannot be reached"}, status_code=503)

    async def answer_invalid(_: Request, error: Exception) -> Response:
        assert isinstance(error, RequestValidationError)  # nosec B101
        # Without what was sent: it may be no JSON (NaN), no UTF-8 (half a character), or too deep to be written again.
        detail = [{"loc": one["loc"], "msg": one["msg"], "type": one["type"]} for one in error.errors()]
        return Response(json.dumps({"detail": detail}), status_code=422, media_type="application/json")

    async def answer_failure(_: Request, __: Exception) -> JSONResponse:
        return JSONResponse({"detail": "internal error"}, status_code=500)

    for kind in UNREACHABLE:
        app.add_exception_handler(kind, answer_unreachable)
    app.add_exception_handler(RequestValidationError, answer_invalid)
    app.add_exception_handler(Exception, answer_failure)

    return Signature(Measured(app, metrics), settings.version, settings.slot)


def _start_faults(faults: Faults) -> None:
    """Start the faults that concern the process; called once the server has set its own signal handlers."""
    if faults != Faults():
        log.warning("faults in force: %s", faults)
    if faults.crash_after_s is not None:
        asyncio.get_running_loop().call_later(faults.crash_after_s, os._exit, 1)
    if faults.ignore_sigterm:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
