"""The real process: it starts without its services, stops when asked, and refuses wrong settings in one line."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from urllib.error import HTTPError
from urllib.request import urlopen

import pytest

Process = subprocess.Popen[str]
Start = Callable[..., tuple[Process, str]]


def _get_status(url: str) -> int:
    with urlopen(url, timeout=10) as answer:
        status: int = answer.status
        return status


def _free_port() -> str:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return str(probe.getsockname()[1])


@pytest.fixture(name="start")
def _start() -> Iterator[Start]:
    processes: list[Process] = []

    def start(**env: str) -> tuple[Process, str]:
        port = _free_port()
        # Port 1 refuses connections: both services are away.
        away = {"DATABASE_URL": "postgresql://ape:pw@127.0.0.1:1/ape", "REDIS_URL": "redis://127.0.0.1:1/0"}
        # pylint: disable-next=consider-using-with
        process = subprocess.Popen(
            [sys.executable, "-m", "src.api"],
            env={"PATH": os.environ["PATH"], **away, "PORT": port, **env},
            stderr=subprocess.PIPE,
            text=True,
        )
        processes.append(process)
        return process, f"http://127.0.0.1:{port}"

    yield start
    for process in processes:
        process.kill()
        process.wait()
        assert process.stderr
        process.stderr.close()


def _health(url: str) -> tuple[int, dict[str, object]]:
    """The answer of /health, waiting at most 15 s for the port to open."""
    deadline = time.monotonic() + 15
    while True:
        try:
            with urlopen(f"{url}/health", timeout=5) as answer:
                return answer.status, json.load(answer)
        except HTTPError as error:
            return error.code, json.load(error)
        except OSError:
            assert time.monotonic() < deadline, "the port did not open within 15 s"
            time.sleep(0.05)


def test_it_starts_unhealthy_while_its_services_are_away(start: Start) -> None:
    _, url = start()
    status, report = _health(url)
    assert status == 503
    assert report["services"] == {"database": "unhealthy", "redis": "unhealthy"}


def test_asked_to_stop_it_finishes_what_it_serves_and_exits_with_0(start: Start) -> None:
    process, url = start(SLIPWAY_FAULTS="latency-ms=600")
    _health(url)
    with ThreadPoolExecutor() as pool:
        request = pool.submit(lambda: _get_status(url))
        time.sleep(0.2)  # the request is now being served: it takes 0.6 s
        process.send_signal(signal.SIGTERM)
        assert request.result() == 200
    assert process.wait(timeout=15) == 0


def test_it_answers_prometheus_at_a_port_of_its_own_only(start: Start) -> None:
    port = _free_port()
    _, url = start(METRICS_PORT=port)
    _health(url)
    with urlopen(f"http://127.0.0.1:{port}/metrics", timeout=5) as answer:
        text = answer.read().decode()
    for name in ("service_requests_in_flight", "process_cpu_seconds_total", "process_resident_memory_bytes"):
        assert f"\n{name} " in text
    with pytest.raises(HTTPError, match="404"):
        _get_status(f"{url}/metrics")


def test_a_taken_port_for_prometheus_ends_it_with_one_line(start: Start) -> None:
    with socket.socket() as taken:
        taken.bind(("0.0.0.0", 0))
        taken.listen()
        process, _ = start(METRICS_PORT=str(taken.getsockname()[1]))
        _, errors = process.communicate(timeout=15)
    assert process.returncode == 1
    assert errors.startswith("METRICS_PORT: cannot listen at ") and errors.count("\n") == 1


def test_ignore_sigterm(start: Start) -> None:
    process, url = start(SLIPWAY_FAULTS="ignore-sigterm")
    _health(url)
    process.send_signal(signal.SIGTERM)
    with pytest.raises(subprocess.TimeoutExpired):
        process.wait(timeout=1)
    assert _health(url)[0] == 503


@pytest.mark.parametrize("delay", ["0", "0.5"])
def test_crash_after(start: Start, delay: str) -> None:
    process, _ = start(SLIPWAY_FAULTS=f"crash-after-s={delay}")
    assert process.wait(timeout=15) == 1


def test_a_wrong_fault_ends_it_with_one_line(start: Start) -> None:
    process, _ = start(SLIPWAY_FAULTS="eror-rate=1")
    _, errors = process.communicate(timeout=15)
    assert process.returncode == 1
    assert errors.startswith("SLIPWAY_FAULTS: unknown fault 'eror-rate'; allowed: ") and errors.count("\n") == 1
