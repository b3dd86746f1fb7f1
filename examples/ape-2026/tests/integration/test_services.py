"""The service with a real PostgreSQL and Redis, whose addresses are in DATABASE_URL and REDIS_URL."""

import asyncio
import os
import time
import uuid
from collections.abc import Iterator
from urllib.parse import urlsplit, urlunsplit

import asyncpg
import pytest
from async_timeout import timeout
from fastapi.testclient import TestClient
from starlette.types import ASGIApp

from src.api.app import create_app
from src.api.cache import RedisCache
from src.api.database import PostgresDatabase
from src.api.metrics import Metrics
from src.api.settings import Settings

DATABASE_URL = os.environ.get("DATABASE_URL", "")
REDIS_URL = os.environ.get("REDIS_URL", "")
pytestmark = pytest.mark.skipif(
    not (DATABASE_URL and REDIS_URL),
    reason="set DATABASE_URL and REDIS_URL to run these; docker-compose.dev.yml starts both services, see README.md",
)


@pytest.fixture(name="database_url")
def _database_url() -> Iterator[str]:
    """A database of its own for each test."""
    name = f"test_{uuid.uuid4().hex}"

    async def execute(statement: str) -> None:
        connection = await asyncpg.connect(DATABASE_URL, timeout=10)
        await connection.execute(statement)
        await connection.close()

    asyncio.run(execute(f"CREATE DATABASE {name}"))
    yield urlunsplit(urlsplit(DATABASE_URL)._replace(path=f"/{name}"))
    asyncio.run(execute(f"DROP DATABASE {name} WITH (FORCE)"))


@pytest.fixture(name="client")
def _client(database_url: str) -> Iterator[TestClient]:
    with TestClient(_service(database_url, REDIS_URL)) as client:
        _wait_until_healthy(client)
        yield client


def _service(database_url: str, redis_url: str) -> ASGIApp:
    settings = Settings(database_url=database_url, redis_url=redis_url)
    database = PostgresDatabase(database_url)
    return create_app(settings, database, RedisCache(redis_url), Metrics(database.waiting))


def _wait_until_healthy(client: TestClient) -> None:
    deadline = time.monotonic() + 10
    while client.get("/health").status_code != 200:
        assert time.monotonic() < deadline, "not healthy after 10 s"
        time.sleep(0.05)


def test_questions_survive_in_the_database(client: TestClient) -> None:
    stored = client.post("/api/v1/queries", json={"question": "Warum? ✓ 'quoted'"}).json()
    assert client.get(f"/api/v1/queries/{stored['id']}").json() == stored
    newer = client.post("/api/v1/queries", json={"question": "Why?"}).json()
    assert client.get("/api/v1/queries").json() == [newer, stored]
    assert client.get("/api/v1/queries?limit=1").json() == [newer]
    assert client.get("/api/v1/queries/999").status_code == 404


def test_stats_come_from_redis_the_second_time(client: TestClient) -> None:
    client.post("/api/v1/queries", json={"question": "why?"})
    assert client.get("/api/v1/stats").json() == {"queries": 1, "cached": False}
    assert client.get("/api/v1/stats").json() == {"queries": 1, "cached": True}


def test_many_replicas_may_start_at_once(database_url: str, caplog: pytest.LogCaptureFixture) -> None:
    async def until_ready(replica: PostgresDatabase) -> None:
        while True:
            try:
                return await replica.check()
            except ConnectionError:
                await asyncio.sleep(0.05)

    async def start_all() -> None:
        replicas = [PostgresDatabase(database_url) for _ in range(16)]
        await asyncio.gather(*(replica.start() for replica in replicas))
        async with timeout(10):
            await asyncio.gather(*(until_ready(replica) for replica in replicas))
        await asyncio.gather(*(replica.stop() for replica in replicas))

    asyncio.run(start_all())
    assert not caplog.records, "a replica had to try again"


def test_redis_away_costs_the_cache_and_nothing_else(database_url: str) -> None:
    with TestClient(_service(database_url, "redis://127.0.0.1:1/0")) as client:
        deadline = time.monotonic() + 10
        while client.get("/health").json()["services"]["database"] != "healthy":
            assert time.monotonic() < deadline, "the database is not healthy after 10 s"
        assert client.get("/health").json()["services"]["redis"] == "unhealthy"
        assert client.post("/api/v1/queries", json={"question": "why?"}).status_code == 201
        assert client.get("/api/v1/stats").json() == {"queries": 1, "cached": False}


def test_who_waits_for_a_connection_is_counted(database_url: str) -> None:
    async def ask_all_at_once() -> list[int]:
        database = PostgresDatabase(database_url)
        await database.start()
        async with timeout(10):
            while not await _is_ready(database):
                await asyncio.sleep(0.05)
        before = database.waiting()
        asked = [asyncio.create_task(database.count()) for _ in range(20)]
        # Each of them gets as far as it can without an answer of the server.
        await asyncio.sleep(0)
        during = database.waiting()
        await asyncio.gather(*asked)
        after = database.waiting()
        await database.stop()
        return [before, during, after]

    before, during, after = asyncio.run(ask_all_at_once())
    assert (before, after) == (0, 0)
    # The pool has five connections.
    assert 15 <= during <= 20


async def _is_ready(database: PostgresDatabase) -> bool:
    try:
        await database.check()
    except ConnectionError:
        return False
    return True
