"""SLIPWAY_FAULTS is read strictly, and each fault does what it says."""

import time

import pytest

from src.api.faults import Faults, parse_faults
from tests.unit.conftest import StartService


def test_every_fault_is_read() -> None:
    text = "error-rate=0.3, latency-ms=6000,slow-start-s=20,unhealthy,crash-after-s=30,ignore-sigterm"
    assert parse_faults(text) == Faults(0.3, 6000, 20, 30, True, True)


@pytest.mark.parametrize("text", ["", "  "])
def test_no_text_means_no_faults(text: str) -> None:
    assert parse_faults(text) == Faults()


def test_a_crash_at_once_is_not_no_crash() -> None:
    assert parse_faults("crash-after-s=0").crash_after_s == 0


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("eror-rate=0.3", "unknown fault 'eror-rate'"),
        ("unhealthy,", "unknown fault ''"),
        ("error-rate", "error-rate needs a number"),
        ("error-rate=", "from 0 to 1, got ''"),
        ("error-rate=1.5", "from 0 to 1, got '1.5'"),
        ("error-rate=nan", "got 'nan'"),
        ("latency-ms=-1", "got '-1'"),
        ("latency-ms=1e3", "got '1e3'"),
        ("unhealthy=yes", "unhealthy takes no value, got 'yes'"),
        ("unhealthy,unhealthy", "unhealthy is given twice"),
    ],
)
def test_mistakes_are_refused_in_one_line_that_names_what_is_allowed(text: str, problem: str) -> None:
    with pytest.raises(ValueError) as caught:
        parse_faults(text)
    message = str(caught.value)
    assert message.startswith("SLIPWAY_FAULTS: ") and problem in message and "\n" not in message
    assert "error-rate=<0..1>, latency-ms=<0..600000>" in message and "ignore-sigterm" in message


def test_error_rate_fails_its_share_but_not_health(start_service: StartService) -> None:
    client = start_service(faults=Faults(error_rate=0.3))
    failed = sum(client.get("/").status_code == 500 for _ in range(500))
    assert 90 < failed < 210  # five standard deviations around 150
    assert all(client.get("/health").status_code == 200 for _ in range(20))


def test_latency_is_added_but_not_to_health(start_service: StartService) -> None:
    client = start_service(faults=Faults(latency_ms=300))
    started = time.monotonic()
    assert client.get("/health").status_code == 200
    assert time.monotonic() - started < 0.3
    started = time.monotonic()
    assert client.get("/").status_code == 200
    assert time.monotonic() - started >= 0.3


def test_slow_start_answers_starting(start_service: StartService) -> None:
    answer = start_service(faults=Faults(slow_start_s=600)).get("/health")
    assert (answer.status_code, answer.json()["status"]) == (503, "starting")


def test_slow_start_ends(start_service: StartService) -> None:
    client = start_service(faults=Faults(slow_start_s=0.2))
    deadline = time.monotonic() + 10
    while client.get("/health").status_code != 200:
        assert time.monotonic() < deadline, "still starting after 10 s"


def test_unhealthy_is_for_ever(start_service: StartService) -> None:
    answer = start_service(faults=Faults(unhealthy=True)).get("/health")
    assert (answer.status_code, answer.json()["status"]) == (503, "unhealthy")
