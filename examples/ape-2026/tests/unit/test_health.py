"""/health has the guide's shape and always answers quickly."""

import asyncio
import time

import pytest
from fastapi.testclient import TestClient

from src.api.health import neo4j_check
from tests.unit.conftest import StartService
from tests.unit.fakes import FakeCache, FakeDatabase


def test_healthy(client: TestClient) -> None:
    answer = client.get("/health")
    assert answer.status_code == 200
    assert answer.json() == {
        "status": "healthy",
        "version": "1.2.3",
        "uptime": 0,
        "services": {"database": "healthy", "redis": "healthy"},
    }


@pytest.mark.parametrize("state", ["down", "broken", "silent"])
def test_one_failing_service_is_named(client: TestClient, database: FakeDatabase, state: str) -> None:
    database.state = state
    answer = client.get("/health")
    assert answer.status_code == 503
    assert answer.json()["status"] == "unhealthy"
    assert answer.json()["services"] == {"database": "unhealthy", "redis": "healthy"}


def test_silent_services_share_one_second(client: TestClient, database: FakeDatabase, cache: FakeCache) -> None:
    database.state = cache.state = "silent"
    started = time.monotonic()
    assert client.get("/health").json()["services"] == {"database": "unhealthy", "redis": "unhealthy"}
    assert time.monotonic() - started < 1.5


def test_it_recovers(client: TestClient, cache: FakeCache) -> None:
    cache.state = "down"
    assert client.get("/health").status_code == 503
    cache.state = "up"
    assert client.get("/health").status_code == 200


def test_neo4j_is_reported_only_where_configured(start_service: StartService) -> None:
    # Port 1 refuses connections on every machine that runs tests.
    answer = start_service(neo4j_url="bolt://127.0.0.1:1").get("/health")
    assert answer.status_code == 503
    assert answer.json()["services"] == {"database": "healthy", "redis": "healthy", "neo4j": "unhealthy"}


@pytest.mark.parametrize(("version", "healthy"), [(b"\0\0\0\5", True), (b"\0\0\0\0", False)])
def test_neo4j_must_agree_on_a_version(version: bytes, healthy: bool) -> None:
    async def neo4j(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        assert (await reader.readexactly(20))[:4] == bytes.fromhex("6060b017")
        writer.write(version)
        writer.close()

    async def check() -> None:
        server = await asyncio.start_server(neo4j, "127.0.0.1", 0)
        async with server:
            await neo4j_check(f"bolt://127.0.0.1:{server.sockets[0].getsockname()[1]}")()

    if healthy:
        asyncio.run(check())
    else:
        with pytest.raises(ConnectionError):
            asyncio.run(check())
