"""The service with fakes behind it."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest
from fastapi.testclient import TestClient

from src.api.app import create_app
from src.api.metrics import Metrics
from src.api.settings import Settings
from tests.unit.fakes import FakeCache, FakeDatabase

StartService = Callable[..., TestClient]


@pytest.fixture(name="database")
def _database() -> FakeDatabase:
    return FakeDatabase()


@pytest.fixture(name="cache")
def _cache() -> FakeCache:
    return FakeCache()


@pytest.fixture(name="metrics")
def _metrics(database: FakeDatabase) -> Metrics:
    return Metrics(database.waiting)


@pytest.fixture(name="start_service")
def _start_service(database: FakeDatabase, cache: FakeCache, metrics: Metrics) -> Iterator[StartService]:
    """Starts the service with the given settings and returns a client of it."""
    with ExitStack() as stack:

        def start(**changes: Any) -> TestClient:
            given: dict[str, Any] = {
                "database_url": "postgresql://unused/",
                "redis_url": "redis://unused/",
                "version": "1.2.3",
                "slot": "green",
                **changes,
            }
            app = create_app(Settings(**given), database, cache, metrics)
            return stack.enter_context(TestClient(app, raise_server_exceptions=False))

        yield start


@pytest.fixture(name="client")
def _client(start_service: StartService) -> TestClient:
    return start_service()
