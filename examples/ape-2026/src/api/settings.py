"""What the service is told by its environment, read once and checked before anything starts."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from src.api.faults import Faults, parse_faults

# Version and slot go into HTTP headers as they are.
_LABEL = re.compile(r"[A-Za-z0-9._+-]{1,128}")


@dataclass(frozen=True, kw_only=True)
class Settings:  # pylint: disable=too-many-instance-attributes
    """Everything the service can be told."""

    database_url: str
    """Holds a password: never to be logged. So does `redis_url`, and `neo4j_url` may."""
    redis_url: str
    neo4j_url: str | None = None
    """None: this installation has no Neo4j, and /health says nothing of it."""
    version: str = "0.0.0-dev"
    slot: str = "none"
    """The slot this replica serves in: `blue`, `green`, or `none` outside of Slipway."""
    port: int = 8000
    metrics_port: int | None = None
    """Where Prometheus asks; None: nowhere."""
    faults: Faults = Faults()


def load_settings(env: Mapping[str, str]) -> Settings:
    """Read the settings. Raises ValueError with a one-line reason that names the variable, never a secret."""
    port = _port(env, "PORT") or Settings.port
    return Settings(
        database_url=_required(env, "DATABASE_URL", {"postgresql", "postgres"}),
        redis_url=_required(env, "REDIS_URL", {"redis", "rediss"}),
        neo4j_url=_address(env, "NEO4J_URL", {"bolt", "neo4j"}),
        version=_label(env, "SLIPWAY_VERSION") or _label(env, "VERSION") or Settings.version,
        slot=_label(env, "SLIPWAY_SLOT") or Settings.slot,
        port=port,
        metrics_port=_metrics_port(env, port),
        faults=parse_faults(env.get("SLIPWAY_FAULTS", "")),
    )


def _required(env: Mapping[str, str], name: str, schemes: set[str]) -> str:
    address = _address(env, name, schemes)
    if address is None:
        raise ValueError(f"{name}: not set. Fix: set {name}_FILE to a file that holds the address, or {name} itself.")
    return address


def _address(env: Mapping[str, str], name: str, schemes: set[str]) -> str | None:
    """The address in the file that NAME_FILE names, else in NAME; None where neither is set."""
    address, source = env.get(name, ""), name
    if path := env.get(f"{name}_FILE"):
        source = f"{name}_FILE"
        try:
            address = Path(path).read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            raise ValueError(f"{source}: cannot read {path} ({type(error).__name__}).") from None
    elif not address:
        return None
    try:
        parts = urlsplit(address)
        good = parts.scheme in schemes and bool(parts.hostname) and parts.port != 0
    except ValueError:
        good = False
    if not good:
        wanted = " or ".join(f"{scheme}://…" for scheme in sorted(schemes))
        raise ValueError(f"{source}: not an address (its value is secret and not shown); allowed: {wanted}")
    return address


def _label(env: Mapping[str, str], name: str) -> str:
    value = env.get(name, "")
    if value and not _LABEL.fullmatch(value):
        raise ValueError(f"{name}: got {value!r}; allowed: 1 to 128 letters, digits and the characters . _ + -")
    return value


def _metrics_port(env: Mapping[str, str], port: int) -> int | None:
    metrics_port = _port(env, "METRICS_PORT")
    if metrics_port == port:
        raise ValueError(f"METRICS_PORT: got {port}, where the service itself listens; allowed: another port")
    return metrics_port


def _port(env: Mapping[str, str], name: str) -> int | None:
    value = env.get(name)
    if not value:
        return None
    if not re.fullmatch(r"\d{1,5}", value) or not 1 <= int(value) <= 65535:
        raise ValueError(f"{name}: got {value!r}; allowed: 1 to 65535")
    return int(value)
