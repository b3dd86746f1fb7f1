"""No JSON, and nothing that only looks like it, makes the service answer 500."""

import json
import random
from typing import Any

import pytest
from fastapi.testclient import TestClient

_CASES = 500
_TEXTS = ["", "question", "why?", "\0", "\ud800", "\udc00x", "\uffff", "\U0001f642", "x" * 4001, "__proto__", "NaN"]
_NUMBERS: list[Any] = [0, -1, 2**63, 10**400, 1.5, 1e308, float("nan"), float("inf"), -float("inf")]


def _value(chance: random.Random, depth: int = 0) -> Any:
    kind = chance.randrange(7 if depth < 4 else 5)
    if kind == 0:
        return chance.choice([None, True, False])
    if kind == 1:
        return chance.choice(_NUMBERS)
    if kind < 5:
        return chance.choice(_TEXTS)
    items = [_value(chance, depth + 1) for _ in range(chance.randrange(4))]
    return items if kind == 5 else {chance.choice(_TEXTS): item for item in items}


def _body(chance: random.Random) -> bytes:
    value = _value(chance)
    if chance.random() < 0.5:
        value = {"question": value, **({chance.choice(_TEXTS): 1} if chance.random() < 0.5 else {})}
    text = json.dumps(value, ensure_ascii=chance.random() < 0.7)
    body = text.encode(chance.choice(["utf-8", "utf-16", "utf-32"]), "surrogatepass")
    if chance.random() < 0.2:
        cut = chance.randrange(len(body))
        body = body[:cut] + bytes([chance.randrange(256)]) + body[cut + 1 :]
    return body


@pytest.mark.parametrize(
    "body",
    [
        b'{"question": NaN}',
        b'{"question": [Infinity]}',
        b"-Infinity",
        rb'{"question": "a", "\ud800": 1}',
        rb'{"question": ["\ud800"]}',
        b'{"question": ' + b"9" * 5000 + b"}",
        b'{"question": 1e999}',
        b'{"question": ' + b"[" * 900 + b"]" * 900 + b"}",
        b"[" * 100_000,
        b'{"question":' * 100_000,
        b"\xff\xfe{",
        b"",
        b"null",
    ],
    ids=lambda body: repr(body[:30]),
)
def test_odd_bodies_are_the_sender_s_fault(client: TestClient, body: bytes) -> None:
    answer = client.post("/api/v1/queries", content=body, headers={"content-type": "application/json"})
    assert answer.status_code in (400, 422)
    assert answer.json()["detail"]


def test_no_json_makes_it_fail(client: TestClient) -> None:
    chance = random.Random(2026)
    for _ in range(_CASES):
        body = _body(chance)
        answer = client.post("/api/v1/queries", content=body, headers={"content-type": "application/json"})
        assert answer.status_code in (201, 400, 422), body
        # What was stored can be read again.
        assert client.get("/api/v1/queries").status_code == 200, body


@pytest.mark.parametrize(
    "query", ["limit=NaN", "limit=1e999", "limit=%ff", "limit=" + "9" * 5000, "limit=%ed%a0%80", "limit[]=1"]
)
def test_no_query_makes_it_fail(client: TestClient, query: str) -> None:
    assert client.get(f"/api/v1/queries?{query}").status_code in (200, 422)
