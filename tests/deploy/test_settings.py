"""What all deployment files name."""

import re
from pathlib import Path

import pytest

from memorizer.settings import Settings, variable
from support.deployment import COMPOSE, DOCKERFILE, KUBERNETES, ROOT, SYSTEMD

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
