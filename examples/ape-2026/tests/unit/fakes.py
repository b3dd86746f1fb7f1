"""Stand-ins for the database and the cache, which can be told to be away or to hang."""

import asyncio
from datetime import datetime, timezone

from src.api.database import Query


class Service:
    """A service that answers (`up`), refuses (`down`), times out (`late`), hangs (`silent`) or breaks (`broken`)."""

    def __init__(self) -> None:
        self.state = "up"

    async def check(self) -> None:
        if self.state == "down":
            raise ConnectionRefusedError("away")
        if self.state == "late":
            raise asyncio.TimeoutError
        if self.state == "silent":
            await asyncio.sleep(3600)
        if self.state == "broken":
            raise RuntimeError("a secret detail")


class FakeDatabase(Service):
    """Questions in a list."""

    def __init__(self) -> None:
        super().__init__()
        self.rows: list[Query] = []
        self.in_line = 0

    async def start(self) -> None:
        pass

    async def stop(self) -> None:
        pass

    async def add(self, question: str) -> Query:
        await self.check()
        self.rows.append(Query(id=len(self.rows) + 1, question=question, created_at=datetime.now(timezone.utc)))
        return self.rows[-1]

    async def find(self, query_id: int) -> Query | None:
        await self.check()
        return next((row for row in self.rows if row.id == query_id), None)

    async def newest(self, limit: int) -> list[Query]:
        await self.check()
        return self.rows[::-1][:limit]

    async def count(self) -> int:
        await self.check()
        return len(self.rows)

    def waiting(self) -> int:
        return self.in_line


class FakeCache(Service):
    """The count in a variable."""

    def __init__(self) -> None:
        super().__init__()
        self.remembered: int | None = None

    async def stop(self) -> None:
        pass

    async def get_count(self) -> int | None:
        return self.remembered

    async def set_count(self, count: int) -> None:
        self.remembered = count

    async def forget_count(self) -> None:
        self.remembered = None
