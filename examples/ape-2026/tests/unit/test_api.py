"""The endpoints: what they accept, what they answer, and that every answer is signed."""

import hashlib
from typing import Any

import pytest
from fastapi.testclient import TestClient

from tests.unit.fakes import FakeCache, FakeDatabase


def test_a_question_is_stored_and_found_again(client: TestClient) -> None:
    stored = client.post("/api/v1/queries", json={"question": "  Why is the sky blue? "})
    assert stored.status_code == 201
    assert stored.json()["question"] == "Why is the sky blue?"
    assert client.get(f"/api/v1/queries/{stored.json()['id']}").json() == stored.json()


def test_the_newest_questions_come_first(client: TestClient) -> None:
    for question in ("one", "two", "three"):
        client.post("/api/v1/queries", json={"question": question})
    answer = client.get("/api/v1/queries?limit=2")
    assert [query["question"] for query in answer.json()] == ["three", "two"]


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"question": ""},
        {"question": "   "},
        {"question": "x" * 4001},
        {"question": 7},
        {"question": "a\0b"},
        {"question": "a", "b": 1},
    ],
)
def test_wrong_questions_are_refused(client: TestClient, database: FakeDatabase, body: dict[str, Any]) -> None:
    assert client.post("/api/v1/queries", json=body).status_code == 422
    assert not database.rows


def test_half_a_character_is_refused(client: TestClient) -> None:
    assert client.post("/api/v1/queries", content=rb'{"question": "\ud800"}').status_code == 422


@pytest.mark.parametrize("path", ["queries?limit=0", "queries?limit=101", "queries/0", f"queries/{2**63}", "queries/x"])
def test_wrong_parameters_are_refused(client: TestClient, path: str) -> None:
    assert client.get(f"/api/v1/{path}").status_code == 422


def test_stats_are_cached_until_a_question_is_added(client: TestClient) -> None:
    assert client.get("/api/v1/stats").json() == {"queries": 0, "cached": False}
    assert client.get("/api/v1/stats").json() == {"queries": 0, "cached": True}
    client.post("/api/v1/queries", json={"question": "why?"})
    assert client.get("/api/v1/stats").json() == {"queries": 1, "cached": False}


def test_echo_tells_length_and_digest_without_the_database(
    client: TestClient, database: FakeDatabase, cache: FakeCache
) -> None:
    database.state = cache.state = "down"
    body = bytes(range(256)) * 64
    assert client.post("/api/v1/echo", content=body).json() == {
        "length": 16384,
        "sha256": hashlib.sha256(body).hexdigest(),
    }


def test_echo_has_a_limit(client: TestClient) -> None:
    assert client.post("/api/v1/echo", content=b"x" * (1024 * 1024 + 1)).status_code == 413


def test_root_names_the_service(client: TestClient) -> None:
    assert client.get("/").json() == {"name": "ape-2026", "version": "1.2.3"}


@pytest.mark.parametrize(
    ("state", "method", "path", "status"),
    [
        ("up", "GET", "/health", 200),
        ("down", "GET", "/health", 503),
        ("up", "GET", "/api/v1/queries/99", 404),
        ("up", "GET", "/nowhere", 404),
        ("up", "DELETE", "/health", 405),
        ("up", "POST", "/api/v1/queries", 422),
        ("down", "GET", "/api/v1/queries", 503),
        ("late", "GET", "/api/v1/queries", 503),
        ("broken", "GET", "/api/v1/queries", 500),
    ],
)
# pylint: disable-next=too-many-arguments,too-many-positional-arguments
def test_every_answer_is_signed(
    client: TestClient, database: FakeDatabase, state: str, method: str, path: str, status: int
) -> None:
    database.state = state
    answer = client.request(method, path)
    assert answer.status_code == status
    assert answer.headers["x-slipway-version"] == "1.2.3"
    assert answer.headers["x-slipway-slot"] == "green"
    assert "secret" not in answer.text
    assert answer.json()
