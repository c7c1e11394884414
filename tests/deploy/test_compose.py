"""compose.yaml."""

import re
from urllib.parse import urlsplit

import pytest
import redis
import yaml

from memorizer.cli import config
from support.deployment import DIGEST, PASSWORDS, Json, compose, require_command
from support.redis_server import redis_server

PROJECT = compose(**PASSWORDS)
SERVICES: dict[str, Json] = PROJECT["services"]
OURS = {name: each for name, each in SERVICES.items() if each["image"].startswith("memorizer:")}

each_service = pytest.mark.parametrize("name", SERVICES)
each_of_ours = pytest.mark.parametrize("name", OURS)


def test_it_follows_the_specification() -> None:
    spec = pytest.importorskip("compose_spec", reason="compose-spec has no wheel for this machine")

    # compose-spec 0.2.1 refuses an image with a tag and a digest, which Docker takes
    text = re.sub(r":[\w.-]+@sha256:", "@sha256:", yaml.safe_dump(PROJECT))
    read = spec.PyCompose.from_yaml(text)

    assert sorted(read.service_names()) == sorted(SERVICES)


@pytest.mark.parametrize("missing", PASSWORDS)
def test_nothing_starts_without_a_password(missing: str) -> None:
    with pytest.raises(KeyError, match=r"\.env"):
        compose(**{name: value for name, value in PASSWORDS.items() if name != missing})


def test_foreign_images_are_fixed_by_version_and_digest() -> None:
    foreign = [each["image"] for name, each in SERVICES.items() if name not in OURS]

    assert len(foreign) == 2
    assert all(DIGEST.fullmatch(image) for image in foreign)


def test_redis_opens_to_its_password_alone() -> None:
    program, *options = SERVICES["redis"]["command"]
    assert program == "redis-server"
    url = urlsplit(OURS["worker"]["environment"]["MEMORIZER_REDIS_URL"])
    with redis_server(options=options) as server:
        with redis.from_url(server.url, password=url.password) as client:
            assert client.ping()
        with redis.from_url(server.url) as stranger, pytest.raises(redis.AuthenticationError):
            stranger.ping()
    assert SERVICES["redis"]["environment"] == {"REDISCLI_AUTH": url.password}


@each_of_ours
def test_its_settings_are_understood(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for variable, value in OURS[name]["environment"].items():
        monkeypatch.setenv(variable, value)

    settings = config.load()

    assert settings.grace_seconds < int(OURS[name]["stop_grace_period"].removesuffix("s"))


@each_of_ours
def test_its_command_exists(name: str) -> None:
    require_command(OURS[name]["command"])


@each_service
def test_it_can_do_no_more_than_it_must(name: str) -> None:
    service = SERVICES[name]
    assert service["read_only"]
    assert service["cap_drop"] == ["ALL"]
    assert "cap_add" not in service
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert name in OURS or service["user"] == name  # ours name their user in the image


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
