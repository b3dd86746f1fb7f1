"""Faults for drills: what SLIPWAY_FAULTS switches on, so that a bad release can be rehearsed on purpose."""

import re
from dataclasses import dataclass

_NUMBER = re.compile(r"\d+(\.\d+)?")
_DAY_S = 86_400

# Name of a fault to the largest number it takes; None for those without a number.
_LIMITS: dict[str, float | None] = {
    "error-rate": 1,
    "latency-ms": 600_000,
    "slow-start-s": _DAY_S,
    "crash-after-s": _DAY_S,
    "unhealthy": None,
    "ignore-sigterm": None,
}


@dataclass(frozen=True)
class Faults:
    """The faults in force; the default is none."""

    error_rate: float = 0
    """Share (0 to 1) of the requests, /health excepted, that answer 500."""
    latency_ms: float = 0
    """Milliseconds added to every request except /health."""
    slow_start_s: float = 0
    """Seconds from the start during which /health answers 503 with status `starting`."""
    crash_after_s: float | None = None
    """Seconds from the start after which the process dies with code 1; None for never."""
    unhealthy: bool = False
    """Whether /health answers 503 for ever."""
    ignore_sigterm: bool = False
    """Whether the process ignores the request to stop."""


def parse_faults(text: str) -> Faults:
    """Read a comma list such as `error-rate=0.3,unhealthy`. Raises ValueError with a one-line reason."""
    values: dict[str, float | bool] = {}
    for item in text.split(",") if text.strip() else []:
        name, has_value, value = item.strip().partition("=")
        if name not in _LIMITS:
            raise _problem(f"unknown fault {name!r}")
        if name in values:
            raise _problem(f"{name} is given twice")
        values[name] = _number(name, value) if has_value else _flag(name)
    return Faults(**{name.replace("-", "_"): value for name, value in values.items()})  # type: ignore[arg-type]


def _flag(name: str) -> bool:
    if _LIMITS[name] is not None:
        raise _problem(f"{name} needs a number")
    return True


def _number(name: str, value: str) -> float:
    limit = _LIMITS[name]
    if limit is None:
        raise _problem(f"{name} takes no value, got {value!r}")
    if not _NUMBER.fullmatch(value) or float(value) > limit:
        raise _problem(f"{name} must be a number from 0 to {limit:g}, got {value!r}")
    return float(value)


def _problem(problem: str) -> ValueError:
    allowed = ", ".join(name if limit is None else f"{name}=<0..{limit:g}>" for name, limit in _LIMITS.items())
    return ValueError(f"SLIPWAY_FAULTS: {problem}; allowed: {allowed}. Fix: correct the list or leave it empty.")
