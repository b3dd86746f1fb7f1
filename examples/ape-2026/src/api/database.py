"""The questions in PostgreSQL."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Protocol

import asyncpg
from async_timeout import timeout
from asyncpg.pool import PoolConnectionProxy
from pydantic import BaseModel

log = logging.getLogger("uvicorn.error")

# What a query raises when the database cannot be reached, as opposed to when it refuses the query.
UNREACHABLE = (
    OSError,
    # An OSError only since Python 3.11.
    asyncio.TimeoutError,
    asyncpg.PostgresConnectionError,
    asyncpg.OperatorInterventionError,
    asyncpg.InterfaceError,
)

_SCHEMA = """
CREATE TABLE IF NOT EXISTS queries (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  question text NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now()
)
"""
# Any number will do, as long as every replica asks for the same one.
_SCHEMA_LOCK = 2026
_RETRY_S = 1.0


class Query(BaseModel):
    """A stored question."""

    id: int
    question: str
    created_at: datetime


class Database(Protocol):
    """What the API needs of a database. Its methods raise one of UNREACHABLE while the database is away."""

    async def start(self) -> None: ...
    async def stop(self) -> None: ...
    async def check(self) -> None: ...
    async def add(self, question: str) -> Query: ...
    async def find(self, query_id: int) -> Query | None: ...
    async def newest(self, limit: int) -> list[Query]: ...
    async def count(self) -> int: ...
    def waiting(self) -> int: ...


class PostgresDatabase:
    """Keeps questions in PostgreSQL. Starts while the server is away and makes its table once it answers."""

    _pool: asyncpg.Pool

    def __init__(self, url: str) -> None:
        self._url = url
        self._prepared = False
        self._waiting = 0
        self._preparing: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Open the pool and make the table in the background, however long the server takes to appear."""
        # min_size 0: connections are opened when they are needed, so that the pool needs no server to start.
        # max_size 5: two slots of eight replicas stay below PostgreSQL's 100 connections.
        self._pool = await asyncpg.create_pool(self._url, min_size=0, max_size=5, timeout=2, command_timeout=5)
        self._preparing = asyncio.create_task(self._prepare())

    async def stop(self) -> None:
        """Close every connection; those still busy after two seconds are cut."""
        if self._preparing:
            self._preparing.cancel()
        try:
            async with timeout(2):
                await self._pool.close()
        except asyncio.TimeoutError:
            self._pool.terminate()

    async def check(self) -> None:
        """Return if queries can be answered, raise otherwise."""
        if not self._prepared:
            raise ConnectionError("the table does not exist yet")
        async with self._connection() as connection:
            await connection.fetchval("SELECT 1")

    async def add(self, question: str) -> Query:
        """Store a question."""
        async with self._connection() as connection:
            [row] = await connection.fetch("INSERT INTO queries (question) VALUES ($1) RETURNING *", question)
        return Query.model_validate(dict(row))

    async def find(self, query_id: int) -> Query | None:
        """The question with this id, if there is one."""
        async with self._connection() as connection:
            row = await connection.fetchrow("SELECT * FROM queries WHERE id = $1", query_id)
        return Query.model_validate(dict(row)) if row else None

    async def newest(self, limit: int) -> list[Query]:
        """At most `limit` questions, newest first."""
        async with self._connection() as connection:
            rows = await connection.fetch("SELECT * FROM queries ORDER BY id DESC LIMIT $1", limit)
        return [Query.model_validate(dict(row)) for row in rows]

    async def count(self) -> int:
        """How many questions are stored."""
        async with self._connection() as connection:
            return int(await connection.fetchval("SELECT count(*) FROM queries"))

    def waiting(self) -> int:
        """How many wait for a connection now."""
        return self._waiting

    @asynccontextmanager
    async def _connection(self) -> "AsyncIterator[PoolConnectionProxy[asyncpg.Record]]":
        self._waiting += 1
        try:
            connection = await self._pool.acquire()
        finally:
            self._waiting -= 1
        try:
            yield connection
        finally:
            await self._pool.release(connection)

    async def _prepare(self) -> None:
        waiting = False
        while not self._prepared:
            try:
                await self._create_table()
                self._prepared = True
            except (*UNREACHABLE, asyncpg.PostgresError) as error:
                if not waiting:
                    log.warning("database: not ready (%s); trying again every %g s", type(error).__name__, _RETRY_S)
                waiting = True
                await asyncio.sleep(_RETRY_S)
        log.info("database: ready")

    async def _create_table(self) -> None:
        async with self._pool.acquire() as connection, connection.transaction():
            # IF NOT EXISTS alone fails when two replicas create the table at the same instant.
            await connection.execute("SELECT pg_advisory_xact_lock($1)", _SCHEMA_LOCK)
            await connection.execute(_SCHEMA)
