"""Everything that can be set, read once from the environment. The command line may override."""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, BeforeValidator, Field
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

PREFIX = "MEMORIZER_"


def _expand(path: Path) -> Path:
    """The absolute path, with `~` replaced by the home directory."""
    try:
        return path.expanduser().absolute()
    except RuntimeError as error:  # no such user, or no home directory
        raise ValueError(str(error)) from error


def _split(value: object) -> object:
    """The parts of a comma-separated list."""
    if isinstance(value, str):
        return tuple(part.strip() for part in value.split(",") if part.strip())
    return value


Directory = Annotated[Path, AfterValidator(_expand)]
Names = Annotated[tuple[str, ...], NoDecode, BeforeValidator(_split)]


class Settings(BaseSettings):
    """How this process of Memorizer behaves; docs/reference/settings.md is drawn from here."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX,
        env_ignore_empty=True,
        frozen=True,
        extra="forbid",
        validate_default=True,
        allow_inf_nan=False,
    )

    data_dir: Directory = Field(
        Path("~/.memorizer"), description="The directory of the database; made if it is missing."
    )
    host: str = Field(
        "127.0.0.1", description="The address to listen on; only this machine's own are allowed."
    )
    port: int = Field(5000, ge=0, le=65_535, description="The port to listen on; 0 takes any.")
    worker: bool = Field(
        True, description="Whether `memorizer start` also runs background jobs itself."
    )
    allowed_hosts: Names = Field(
        (),
        description="Further host names to answer to, without ports, separated by commas; "
        "for example the public name of a reverse proxy in front.",
    )
    max_body_bytes: int = Field(
        4_000_000, ge=1_000, description="The largest request body that is read."
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        "info",
        description="The least important messages to log: `debug`, `info`, `warning` or `error`.",
    )
    log_format: Literal["auto", "human", "json"] = Field(
        "auto",
        description="How logs look: `human`, `json`, "
        "or `auto` (`human` on a terminal, `json` elsewhere).",
    )
    title_concurrency: int = Field(
        1, ge=1, le=64, description="How many title jobs one worker runs at a time."
    )
    embedding_concurrency: int = Field(
        5, ge=1, le=64, description="How many embedding jobs one worker runs at a time."
    )
    embedding_threads: int | None = Field(
        None, ge=1, description="Processor threads of the embedding model; all cores if unset."
    )
    embedding_timeout_seconds: float = Field(
        30.0, gt=0, description="How long one call of the embedding model may take."
    )
    grace_seconds: float = Field(
        10.0, ge=0, description="How long running jobs and requests may finish at a stop."
    )
    job_retention_days: float = Field(
        7.0, gt=0, description="How long finished jobs are kept before they are cleaned away."
    )
    lease_seconds: float = Field(
        30.0,
        gt=0,
        description="After how long without a sign of life a worker's jobs go to another. "
        "Advanced; shorter only makes sense in tests.",
    )


def variable(field: str) -> str:
    """The environment variable of a setting."""
    return PREFIX + field.upper()
