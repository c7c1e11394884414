"""What all deployment files name."""

import re
from pathlib import Path

import pytest

from memorizer.settings import Settings, variable
from support.deployment import (
    COMPOSE,
    DOCKERFILE,
    KUBERNETES,
    ROOT,
    SYSTEMD,
    compose,
    manifests,
    stages,
    units,
    variables,
)

FILES = [
    DOCKERFILE,
    COMPOSE,
    ROOT / ".env.example",
    *sorted(KUBERNETES.rglob("*.yaml")),
    *sorted(SYSTEMD.iterdir()),
]


@pytest.mark.parametrize("file", FILES, ids=lambda file: str(file.relative_to(ROOT)))
def test_every_variable_with_our_name_is_a_setting(file: Path) -> None:
    known = {variable(name) for name in Settings.model_fields}

    assert set(re.findall(r"\bMEMORIZER_[A-Z_]+", file.read_text())) <= known


def test_the_embedding_runtime_reports_to_nobody_wherever_it_runs() -> None:
    services = compose(POSTGRES_PASSWORD="a1b2c3", REDIS_PASSWORD="d4e5f6")["services"]  # noqa: S106 - nobody else's
    places = [
        variables(stages(DOCKERFILE.read_text())[-1]),
        *(services[name]["environment"] for name in ("server", "worker", "migrate")),
        *(each["data"] for _, each in manifests() if each["kind"] == "ConfigMap"),
        *(dict(line.split("=") for line in unit["Environment"]) for unit in units().values()),
    ]

    assert len(places) == 7
    assert [place["ORT_DISABLE_TELEMETRY"] for place in places] == ["1"] * 7
