"""compose.yaml."""

import pytest
import yaml

from memorizer.cli import session
from support.deployment import Json, compose, require_command

PROJECT = compose(POSTGRES_PASSWORD="a1b2c3")  # noqa: S106 - nobody else's
SERVICES: dict[str, Json] = PROJECT["services"]
OURS = {name: each for name, each in SERVICES.items() if each["image"].startswith("memorizer:")}

each_of_ours = pytest.mark.parametrize("name", OURS)


def test_it_follows_the_specification() -> None:
    spec = pytest.importorskip("compose_spec", reason="compose-spec has no wheel for this machine")

    read = spec.PyCompose.from_yaml(yaml.safe_dump(PROJECT))

    assert sorted(read.service_names()) == sorted(SERVICES)


def test_nothing_starts_without_a_password() -> None:
    with pytest.raises(KeyError, match=r"\.env"):
        compose()


@each_of_ours
def test_its_settings_are_understood(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for variable, value in OURS[name]["environment"].items():
        monkeypatch.setenv(variable, value)

    settings = session.load_settings()

    assert settings.grace_seconds < int(OURS[name]["stop_grace_period"].removesuffix("s"))


@each_of_ours
def test_its_command_exists(name: str) -> None:
    require_command(OURS[name]["command"])


@each_of_ours
def test_it_can_do_no_more_than_it_must(name: str) -> None:
    assert OURS[name]["read_only"]
    assert OURS[name]["cap_drop"] == ["ALL"]
    assert OURS[name]["security_opt"] == ["no-new-privileges:true"]


def test_only_the_server_can_be_reached_and_only_from_this_machine() -> None:
    assert [name for name, each in SERVICES.items() if "ports" in each] == ["server"]
    [port] = SERVICES["server"]["ports"]
    assert port.startswith("127.0.0.1:")


def test_who_waits_for_health_waits_for_somebody_who_tells_it() -> None:
    waited_for = [
        (other, wait["condition"])
        for each in SERVICES.values()
        for other, wait in each.get("depends_on", {}).items()
    ]
    assert waited_for
    for other, condition in waited_for:
        if condition == "service_healthy":
            assert "test" in SERVICES[other]["healthcheck"]
        else:
            assert (condition, SERVICES[other]["restart"]) == (
                "service_completed_successfully",
                "no",
            )


def test_every_volume_is_declared() -> None:
    mounted = {mount.partition(":")[0] for each in SERVICES.values() for mount in each["volumes"]}

    assert mounted == set(PROJECT["volumes"])
