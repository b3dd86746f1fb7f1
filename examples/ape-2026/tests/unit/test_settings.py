"""The environment is checked at the start, and no message shows a secret."""

from pathlib import Path

import pytest

from src.api.settings import load_settings

ENV = {"DATABASE_URL": "postgresql://ape:pw@db:5432/ape", "REDIS_URL": "redis://:pw@redis:6379/0"}


def test_addresses_may_come_from_files(tmp_path: Path) -> None:
    secret = tmp_path / "database-url"
    secret.write_text("postgresql://ape:pw@db/other\n", encoding="utf-8")
    settings = load_settings({**ENV, "DATABASE_URL_FILE": str(secret)})
    assert settings.database_url == "postgresql://ape:pw@db/other"


def test_the_image_version_stands_in_for_slipways() -> None:
    assert load_settings(ENV).version == "0.0.0-dev"
    assert load_settings({**ENV, "VERSION": "1.0.0"}).version == "1.0.0"
    assert load_settings({**ENV, "VERSION": "1.0.0", "SLIPWAY_VERSION": "1.1.0"}).version == "1.1.0"


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"DATABASE_URL": ""}, "DATABASE_URL: not set"),
        ({"REDIS_URL": "http://:hunter2@redis"}, "REDIS_URL: not an address"),
        ({"DATABASE_URL": "postgresql://ape:hunter2@db:port/x"}, "DATABASE_URL: not an address"),
        ({"DATABASE_URL_FILE": "/nowhere"}, "DATABASE_URL_FILE: cannot read /nowhere (FileNotFoundError)"),
        ({"SLIPWAY_SLOT": "green\r\nx: y"}, "SLIPWAY_SLOT: got"),
        ({"PORT": "http"}, "PORT: got 'http'; allowed: 1 to 65535"),
        ({"PORT": "70000"}, "PORT: got '70000'"),
        ({"METRICS_PORT": "0"}, "METRICS_PORT: got '0'; allowed: 1 to 65535"),
        ({"METRICS_PORT": "8000"}, "METRICS_PORT: got 8000, where the service itself listens; allowed: another port"),
        ({"SLIPWAY_FAULTS": "boom"}, "SLIPWAY_FAULTS: unknown fault 'boom'"),
    ],
)
def test_mistakes_are_named_without_secrets(changes: dict[str, str], problem: str) -> None:
    with pytest.raises(ValueError) as caught:
        load_settings({**ENV, **changes})
    assert problem in str(caught.value)
    assert "hunter2" not in str(caught.value) and "\n" not in str(caught.value)
