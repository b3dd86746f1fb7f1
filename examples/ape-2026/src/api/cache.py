"""The number of stored questions, remembered in Redis for a few seconds."""

from typing import Protocol

from redis.asyncio import Redis
from redis.exceptions import RedisError

_KEY = "ape-2026:queries:count"
_TTL_S = 5


class Cache(Protocol):
    """What the API needs of a cache. A cache that is away forgets; only `check` says so."""

    async def stop(self) -> None: ...
    async def check(self) -> None: ...
    async def get_count(self) -> int | None: ...
    async def set_count(self, count: int) -> None: ...
    async def forget_count(self) -> None: ...


class RedisCache:
    """The count in Redis. It may be up to five seconds old where two replicas write at the same instant."""

    def __init__(self, url: str) -> None:
        self._redis = Redis.from_url(url, socket_timeout=1, socket_connect_timeout=1, decode_responses=True)

    async def stop(self) -> None:
        """Close every connection."""
        await self._redis.aclose()

    async def check(self) -> None:
        """Return if Redis answers, raise otherwise."""
        await self._redis.ping()

    async def get_count(self) -> int | None:
        """The remembered number, if there is one."""
        try:
            value = await self._redis.get(_KEY)
        except RedisError:
            return None
        return None if value is None else int(value)

    async def set_count(self, count: int) -> None:
        """Remember the number for five seconds."""
        try:
            await self._redis.set(_KEY, count, ex=_TTL_S)
        except RedisError:
            pass

    async def forget_count(self) -> None:
        """Forget the number, because it has changed."""
        try:
            await self._redis.delete(_KEY)
        except RedisError:
            pass
