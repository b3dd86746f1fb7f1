"""The questions' endpoints, and an echo for load tests."""

import hashlib
from typing import Annotated

from fastapi import APIRouter, HTTPException, Path
from fastapi import Query as Parameter
from fastapi import Request, status
from pydantic import BaseModel, ConfigDict, StringConstraints

from src.api.cache import Cache
from src.api.database import Database, Query

_BIGINT_MAX = 2**63 - 1
_ECHO_MAX_BYTES = 1024 * 1024

# PostgreSQL's text cannot hold the character NUL.
Question = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=4000, pattern=r"^[^\x00]*$")
]


class NewQuery(BaseModel):
    """A question to store."""

    model_config = ConfigDict(extra="forbid")
    question: Question


class Stats(BaseModel):
    """How many questions there are; `cached` says whether the number may be a few seconds old."""

    queries: int
    cached: bool


class Echo(BaseModel):
    """What arrived."""

    length: int
    """Bytes."""
    sha256: str


def create_router(database: Database, cache: Cache) -> APIRouter:
    """The endpoints under /api/v1."""
    router = APIRouter(prefix="/api/v1")

    @router.post("/queries", status_code=status.HTTP_201_CREATED)
    async def add_query(new: NewQuery) -> Query:
        query = await database.add(new.question)
        await cache.forget_count()
        return query

    @router.get("/queries")
    async def list_queries(limit: Annotated[int, Parameter(ge=1, le=100)] = 20) -> list[Query]:
        return await database.newest(limit)

    @router.get("/queries/{query_id}")
    async def get_query(query_id: Annotated[int, Path(ge=1, le=_BIGINT_MAX)]) -> Query:
        query = await database.find(query_id)
        if query is None:
            raise HTTPException(status.HTTP_404_NOT_FOUND, f"there is no query {query_id}")
        return query

    @router.get("/stats")
    async def get_stats() -> Stats:
        count = await cache.get_count()
        if count is not None:
            return Stats(queries=count, cached=True)
        count = await database.count()
        await cache.set_count(count)
        return Stats(queries=count, cached=False)

    @router.post("/echo")
    async def echo(request: Request) -> Echo:
        digest, length = hashlib.sha256(), 0
        async for chunk in request.stream():
            length += len(chunk)
            if length > _ECHO_MAX_BYTES:
                raise HTTPException(status.HTTP_413_CONTENT_TOO_LARGE, f"at most {_ECHO_MAX_BYTES} bytes are echoed")
            digest.update(chunk)
        return Echo(length=length, sha256=digest.hexdigest())

    return router
