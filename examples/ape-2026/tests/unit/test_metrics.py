"""What Prometheus is told: everything from the start, and never in words that a client chose."""

import asyncio

from fastapi.testclient import TestClient
from prometheus_client import generate_latest
from starlette.types import Message, Receive, Scope, Send

from src.api.metrics import Metrics
from src.api.middleware import Measured
from tests.unit.fakes import FakeDatabase


def _told(metrics: Metrics, prefix: str = "service_") -> dict[str, float]:
    lines = generate_latest(metrics.registry).decode().splitlines()
    told = dict(line.rsplit(" ", 1) for line in lines if line.startswith(prefix) and "_created" not in line)
    return {name: float(value) for name, value in told.items()}


NOTHING = {
    "service_requests_in_flight": 0,
    'service_exceptions_total{kind="database"}': 0,
    'service_exceptions_total{kind="unhandled"}': 0,
    'service_queue_depth{queue="database"}': 0,
}


def test_all_of_it_is_there_from_the_start(metrics: Metrics) -> None:
    assert _told(metrics) == NOTHING
    assert {"process_cpu_seconds_total", "process_resident_memory_bytes"} <= _told(metrics, "process_").keys()


def test_nothing_that_a_client_sends_becomes_a_name(client: TestClient, metrics: Metrics) -> None:
    for method, path in (("FOOBAR", "/"), ("GET", "/nowhere/1"), ("ZZZ1", "/api/v1/queries/7")):
        client.request(method, path, headers={"x-invented": "yes"})
    assert _told(metrics) == NOTHING


def test_what_an_exception_ended_is_counted(client: TestClient, database: FakeDatabase, metrics: Metrics) -> None:
    for state, status in (("down", 503), ("broken", 500), ("down", 503)):
        database.state = state
        assert client.get("/api/v1/queries").status_code == status
    told = _told(metrics)
    assert told['service_exceptions_total{kind="database"}'] == 2
    assert told['service_exceptions_total{kind="unhandled"}'] == 1
    assert told["service_requests_in_flight"] == 0


def test_who_waits_for_the_database_is_told(database: FakeDatabase, metrics: Metrics) -> None:
    database.in_line = 3
    assert _told(metrics)['service_queue_depth{queue="database"}'] == 3


def test_requests_are_in_flight_until_they_are_answered(metrics: Metrics) -> None:
    seen: list[float] = []

    async def app(_: Scope, __: Receive, ___: Send) -> None:
        seen.append(_told(metrics)["service_requests_in_flight"])

    async def receive() -> Message:
        raise AssertionError("nothing is read")

    async def send(_: Message) -> None:
        raise AssertionError("nothing is sent")

    asyncio.run(Measured(app, metrics)({"type": "http"}, receive, send))
    assert seen == [1]
    assert _told(metrics) == NOTHING
