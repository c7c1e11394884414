"""Settings: where values come from, and how wrong ones are refused."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from memorizer.cli import config, session
from memorizer.domain.errors import Misconfigured
from memorizer.settings import Settings, variable


@pytest.fixture(autouse=True)
def _no_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in Settings.model_fields:
        monkeypatch.delenv(variable(name), raising=False)


@pytest.fixture
def locked(tmp_path: Path) -> Iterator[Path]:
    tmp_path.chmod(0o500)
    yield tmp_path
    tmp_path.chmod(0o700)


def test_nothing_needs_to_be_set() -> None:
    settings = session.load_settings()

    assert settings.host == "127.0.0.1"
    assert settings.port == 5000
    assert settings.worker


def test_the_data_directory_lies_in_the_home_directory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/home/someone")

    assert session.load_settings().data_dir == Path("/home/someone/.memorizer")


def test_a_relative_data_directory_is_made_absolute(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)

    assert session.load_settings(data_dir=Path("here")).data_dir == tmp_path / "here"


def test_variables_set_what_options_leave_open(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MEMORIZER_PORT", "6000")
    monkeypatch.setenv("MEMORIZER_LOG_LEVEL", "debug")

    settings = session.load_settings(port=7000, log_level=None)

    assert (settings.port, settings.log_level) == (7000, "debug")


def test_an_empty_variable_counts_as_unset(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MEMORIZER_PORT", "")

    assert session.load_settings().port == 5000


def test_hosts_are_separated_by_commas(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MEMORIZER_ALLOWED_HOSTS", "memory.example, ,other.example")

    assert session.load_settings().allowed_hosts == ("memory.example", "other.example")


def test_settings_cannot_be_changed_afterwards() -> None:
    with pytest.raises(ValueError, match="frozen"):
        setattr(session.load_settings(), "port", 1)  # noqa: B010 - the type checker knows it, too


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("PORT", "abc", "MEMORIZER_PORT is 'abc': it should be a valid integer"),
        ("PORT", "70000", "MEMORIZER_PORT is '70000': it should be less than or equal to 65535"),
        (
            "TITLE_MODEL",
            "tinyllama",
            (
                "MEMORIZER_TITLE_MODEL is 'tinyllama': it should be `extractive`, `gguf:` with a "
                "file or a name of `memorizer models list`, or `openai:` with a model's name"
            ),
        ),
        (
            "LLM_BASE_URL",
            "localhost:11434",
            (
                "MEMORIZER_LLM_BASE_URL is 'localhost:11434': "
                "it should begin with http:// or https:// and a host"
            ),
        ),
        ("WORKER", "maybe", "MEMORIZER_WORKER is 'maybe': it should be a valid boolean"),
        (
            "LOG_LEVEL",
            "loud",
            "MEMORIZER_LOG_LEVEL is 'loud': it should be 'debug', 'info', 'warning' or 'error'",
        ),
        (
            "EMBEDDING_MODEL",
            "onnx:",
            (
                "MEMORIZER_EMBEDDING_MODEL is 'onnx:': it should be `bundled`, `onnx:` with a "
                "folder or a name of `memorizer models list`, or `openai:` with a model's name"
            ),
        ),
        (
            "EMBEDDING_BASE_URL",
            "localhost:11434",
            (
                "MEMORIZER_EMBEDDING_BASE_URL is 'localhost:11434': "
                "it should begin with http:// or https:// and a host"
            ),
        ),
        (
            "EMBEDDING_BASE_URL",
            "http://[::1/v1",
            "MEMORIZER_EMBEDDING_BASE_URL is 'http://[::1/v1': Invalid IPv6 URL",
        ),
        ("GRACE_SECONDS", "inf", "MEMORIZER_GRACE_SECONDS is 'inf': it should be a finite number"),
        (
            "DATA_DIR",
            "~no_such_user_here/x",
            "MEMORIZER_DATA_DIR is '~no_such_user_here/x': Could not determine home directory.",
        ),
    ],
)
def test_a_wrong_variable_is_named_with_what_is_wrong(
    name: str, value: str, sentence: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(f"MEMORIZER_{name}", value)

    with pytest.raises(Misconfigured) as caught:
        session.load_settings()

    assert str(caught.value) == sentence


def test_a_wrong_option_is_named_as_the_option() -> None:
    with pytest.raises(Misconfigured, match=r"^--log-level is 'loud': it should be 'debug'"):
        session.load_settings(log_level="loud")


def test_several_mistakes_are_told_together(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MEMORIZER_PORT", "x")
    monkeypatch.setenv("MEMORIZER_WORKER", "maybe")

    with pytest.raises(Misconfigured, match=r"MEMORIZER_PORT .*; MEMORIZER_WORKER "):
        session.load_settings()


def test_a_misspelt_variable_is_found() -> None:
    found = session.misspelt({"MEMORIZER_PROT": "1", "MEMORIZER_PORT": "1", "PATH": "/bin"})

    assert found == ["MEMORIZER_PROT is not a setting. Did you mean MEMORIZER_PORT?"]


def test_a_missing_data_directory_is_made_for_its_owner_alone(tmp_path: Path) -> None:
    wanted = tmp_path / "deep" / "down"

    session.open_data_dir(wanted)

    assert wanted.stat().st_mode & 0o777 == 0o700


def test_a_data_directory_that_is_a_file_is_refused_with_the_remedy(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.touch()

    for path in (file, file / "below"):
        with pytest.raises(Misconfigured, match=r"is a file, not a directory.*--data-dir"):
            session.open_data_dir(path)


def test_a_data_directory_without_rights_is_refused_with_the_remedy(
    locked: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # the superuser may write anywhere: let the system say what it says to everybody else
    monkeypatch.setattr("os.access", lambda path, _mode: Path(path) != locked)

    with pytest.raises(Misconfigured, match=r"You cannot write to.*chmod u\+rwx"):
        session.open_data_dir(locked)


def test_a_data_directory_that_others_can_write_is_mended_and_that_is_said(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    tmp_path.chmod(0o777)

    session.open_data_dir(tmp_path)

    assert tmp_path.stat().st_mode & 0o777 == 0o775
    assert "could write to" in capsys.readouterr().err


def test_a_data_directory_that_is_shared_by_all_is_refused_and_left_as_it_is(
    tmp_path: Path,
) -> None:
    tmp_path.chmod(0o1777)

    with pytest.raises(Misconfigured, match=r"can write to.*/memorizer, with --data-dir"):
        session.open_data_dir(tmp_path)

    assert tmp_path.stat().st_mode & 0o7777 == 0o1777


def test_a_data_directory_of_others_that_all_can_write_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tmp_path.chmod(0o777)
    monkeypatch.setattr("os.geteuid", lambda: tmp_path.stat().st_uid + 1)

    with pytest.raises(Misconfigured, match="can write to"):
        session.open_data_dir(tmp_path)


def test_proxies_are_addresses_or_networks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MEMORIZER_TRUSTED_PROXIES", "127.0.0.1, ::1, 10.1.2.3/8")

    assert session.load_settings().trusted_proxies == ("127.0.0.1", "::1", "10.0.0.0/8")

    monkeypatch.setenv("MEMORIZER_TRUSTED_PROXIES", "proxy.example")
    with pytest.raises(Misconfigured, match=r"'proxy.example' does not appear to be"):
        session.load_settings()


def test_every_setting_explains_itself() -> None:
    for name, field in Settings.model_fields.items():
        assert field.description, name
        assert field.description.endswith("."), name


def test_a_file_sets_what_variables_and_options_do_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    users = tmp_path / "config" / "memorizer" / "memorizer.toml"
    users.parent.mkdir(parents=True)
    users.write_text('data_dir = "../store"\nport = 1\nhost = "::1"\nlog_level = "debug"\n')
    own = tmp_path / "config" / "store" / "memorizer.toml"
    own.parent.mkdir()
    own.write_text(
        'port = 2\nhost = "127.0.0.2"\nbackup_dir = "b"\nallowed_hosts = ["a.example"]\n'
    )
    monkeypatch.setenv("MEMORIZER_HOST", "127.0.0.3")

    settings, sources = session.load_settings_with_sources(log_level="error")

    assert settings.data_dir.resolve() == own.parent
    assert config.data_dir_of(None).resolve() == own.parent, "found without Settings, too"
    assert (settings.port, settings.host, settings.log_level) == (2, "127.0.0.3", "error")
    assert settings.backup_dir is not None
    assert settings.backup_dir.resolve() == own.parent / "b"
    assert settings.allowed_hosts == ("a.example",)
    assert [sources[name] for name in ("host", "log_level", "workspace")] == [
        "MEMORIZER_HOST",
        "--log-level",
        "default",
    ]
    assert Path(sources["port"]).resolve() == own
    monkeypatch.setenv("MEMORIZER_CONFIG", str(users))
    assert session.load_settings().port == 1, "the named file is the only one"


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("prot = 1", "prot in FILE is not a setting. Did you mean port?"),
        ("port = 70000", "port in FILE is '70000': it should be less than or equal to 65535"),
        ("port = ", "FILE cannot be read as TOML: "),
        ("[server]\nport = 1", "server in FILE is not a setting."),
        ('data_dir = "/x"', "data_dir in FILE: a file in the data directory cannot name another"),
    ],
)
def test_a_mistake_in_a_file_names_the_file(
    text: str, problem: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    file = tmp_path / "memorizer.toml"
    file.write_text(text)

    with pytest.raises(Misconfigured) as raised:
        session.load_settings(data_dir=tmp_path)

    assert str(raised.value).startswith(problem.replace("FILE", str(file)))


def test_a_file_that_is_named_must_exist(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MEMORIZER_CONFIG", "/nowhere/x.toml")

    with pytest.raises(Misconfigured, match=r"MEMORIZER_CONFIG is '/nowhere/x\.toml'"):
        session.load_settings()
