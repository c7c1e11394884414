"""Everything that can be set, read once from the environment. The command line may override."""

from pathlib import Path
from typing import Literal

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

from memorizer.settings.types import (
    DatabaseAddress,
    Directory,
    EmbeddingModel,
    Names,
    Networks,
    RerankModel,
    ScopePairs,
    TitleModel,
    WebAddress,
)

PREFIX = "MEMORIZER_"


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
        "127.0.0.1",
        min_length=1,
        description="The address to listen on; others than this machine's own need a token.",
    )
    port: int = Field(5000, ge=0, le=65_535, description="The port to listen on; 0 takes any.")
    workspace: str | None = Field(
        None,
        description="The workspace in which `memorizer mcp` and the commands on memories work "
        "where `--workspace` names no other: an id, a path such as `acme/billing-api`, `unfiled`, "
        "or `auto` for that of the current folder's Git repository. Servers and workers are for "
        "all workspaces, whatever this says.",
    )
    worker: bool = Field(
        True, description="Whether `memorizer start` also runs background jobs itself."
    )
    allowed_hosts: Names = Field(
        (),
        description="Further host names to answer to, without ports, separated by commas; "
        "for example the public name of a reverse proxy in front.",
    )
    root_path: str = Field(
        "",
        description="The path of the site below a proxy's address, such as `/memory` for "
        "`https://example.org/memory/`; the proxy may take it away or leave it.",
    )
    public_url: WebAddress | None = Field(
        None,
        description="The https address at which others reach this server, such as "
        "`https://memory.example.org`. It turns on OAuth for `/mcp`, so that clients which take no "
        "token (claude.ai, ChatGPT) can log in. Its host need not be in "
        "`MEMORIZER_ALLOWED_HOSTS`; `http` only with `localhost`, for a try.",
    )
    oauth_client_documents: Literal["auto", "on", "off"] = Field(
        "auto",
        description="Whether OAuth clients may be known by a document that they publish at an "
        "https address, which this server then fetches: `auto`, where it can open a connection to "
        "claude.ai or chatgpt.com (nothing is sent); `on`; `off`, all clients register.",
    )
    oidc_issuer: WebAddress | None = Field(
        None,
        description="An identity provider whose access tokens (JWT) are accepted, exactly as its "
        "metadata name it, such as `https://login.example.org/realms/main`. Clients are then sent "
        "there to log in, in the place of Memorizer's own login; needs `MEMORIZER_PUBLIC_URL`.",
    )
    oidc_audience: str | None = Field(
        None,
        min_length=1,
        description="What the `aud` of these tokens must be; the address of `/mcp` if unset.",
    )
    oidc_scopes: ScopePairs = Field(
        ("memory:read=read", "memory:write=write"),
        description="What the scopes of these tokens permit, as `NAME=read`, `NAME=write` or "
        "`NAME=admin`, separated by commas. A token with none of them is refused.",
    )
    trusted_proxies: Networks = Field(
        (),
        description="Addresses or networks of reverse proxies, separated by commas, whose "
        "`X-Forwarded-For` and `X-Forwarded-Proto` are believed; for example `127.0.0.1` for one "
        "on this machine. Without any, a client is whoever connects.",
    )
    auth: Literal["auto", "required", "off"] = Field(
        "auto",
        description="Who needs a token: `auto`, everybody once there ever was one, or where others "
        "than this machine's users can come (another host, `MEMORIZER_ALLOWED_HOSTS`); `required`, "
        "everybody from the start; `off`, nobody, which is only possible on this machine's own "
        "addresses.",
    )
    requests_per_minute: int = Field(
        6_000, ge=0, description="How many requests one token may make in a minute; 0: any number."
    )
    max_streams: int = Field(
        100,
        ge=1,
        description="How many event streams one token, or one address where no token is needed, "
        "may hold open.",
    )
    request_seconds: float = Field(
        60.0, gt=0, description="How long a request may take to come in."
    )
    stalled_seconds: float = Field(
        30.0,
        gt=0,
        description="After how long without reading anything a client's connection is ended.",
    )
    max_body_bytes: int = Field(
        4_000_000, ge=1_000, description="The largest request body that is read."
    )
    mcp_tools: Literal["core", "all", "chatgpt"] = Field(
        "core",
        description="The tools that agents get: `core` for the ten that remember and recall, "
        "`all` for those that archive, count, run jobs, ingest and keep workspaces too, "
        "`chatgpt` for `core` with the two that ChatGPT needs. With `MEMORIZER_PUBLIC_URL`, "
        "ChatGPT gets those in any case.",
    )
    secrets: Literal["report", "mask", "refuse"] = Field(
        "report",
        description="What becomes of keys, tokens and passwords (known by their shape) in what "
        "clients store: `report` stores them and says so (`secretsFound`), `mask` stores "
        "`[secret removed]` in their place, `refuse` answers 422. Transcripts that are imported "
        "are always masked.",
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
    title_model: TitleModel = Field(
        "extractive",
        description="What writes titles: `extractive` takes the best phrase of the text; "
        "`gguf:` with a file, or a name of `memorizer models list`, runs a language model here; "
        "`openai:` with a model's name asks the server at `MEMORIZER_LLM_BASE_URL`.",
    )
    title_fallback: Literal["extractive", "none"] = Field(
        "extractive",
        description="What writes a title when the language model failed at every attempt; "
        "with `none` the job fails.",
    )
    title_timeout_seconds: float = Field(
        60.0,
        gt=0,
        description="How long a language model may take for one title, its loading included.",
    )
    llm_base_url: WebAddress | None = Field(
        None,
        description="Where the OpenAI-compatible server of the title model is, "
        "for example `http://localhost:11434/v1` for Ollama.",
    )
    llm_api_key: SecretStr | None = Field(
        None, description="The key for that server, if it wants one; never logged or shown."
    )
    llm_idle_minutes: float = Field(
        10.0,
        gt=0,
        description="After how long without a title a `gguf:` model gives its memory back.",
    )
    title_concurrency: int | None = Field(
        None,
        ge=1,
        le=64,
        description="How many title jobs one worker runs at a time; "
        "by default 8 with `extractive`, 1 with a language model.",
    )
    embedding_concurrency: int = Field(
        5, ge=1, le=64, description="How many embedding jobs one worker runs at a time."
    )
    document_concurrency: int = Field(
        2, ge=1, le=64, description="How many documents one worker ingests at a time."
    )
    document_max_bytes: int = Field(
        50_000_000,
        ge=1_000,
        description="The largest file that is taken as a document; other requests are as large as "
        "`MEMORIZER_MAX_BODY_BYTES` says.",
    )
    document_seconds: float = Field(
        120.0, gt=0, description="How long the conversion of one document may take."
    )
    document_memory_bytes: int = Field(
        1_000_000_000,
        ge=200_000_000,
        description="How much memory the process that converts a document may have (on Linux).",
    )
    document_max_pages: int = Field(
        5_000, ge=1, description="The most pages, slides or sheets of a document."
    )
    fetch_urls: bool = Field(
        False,
        description="Whether web pages and files can be ingested by their https address, which "
        "this server then fetches; never from private addresses, and only as robots.txt permits.",
    )
    embedding_model: EmbeddingModel = Field(
        "bundled",
        description="What turns texts into vectors: `bundled` needs nothing; `onnx:` with a "
        "folder, or a name of `memorizer models list`, runs another model here; "
        "`openai:` with a model's name asks the server at `MEMORIZER_EMBEDDING_BASE_URL`.",
    )
    embedding_base_url: WebAddress | None = Field(
        None,
        description="Where the OpenAI-compatible server of the embedding model is, "
        "for example `http://localhost:11434/v1` for Ollama.",
    )
    embedding_api_key: SecretStr | None = Field(
        None, description="The key for that server, if it wants one; never logged or shown."
    )
    query_cache_size: int = Field(
        1_000, ge=0, description="How many queries' vectors are remembered; 0 remembers none."
    )
    query_cache_seconds: float = Field(
        3_600.0, gt=0, description="For how long the vector of a query is remembered."
    )
    embedding_threads: int | None = Field(
        None, ge=1, description="Processor threads of the embedding model; all cores if unset."
    )
    embedding_kernel: Literal["auto", "float", "int8"] = Field(
        "auto",
        description="In what numbers the bundled model computes: `int8` is two to three times as "
        "fast on processors with VNNI, AMX or ARM's dot product; `float` is exact. `auto` measures "
        "once, for 0.1 s, and remembers in the data directory what was faster. Vectors of both can "
        "be mixed.",
    )
    embedding_timeout_seconds: float = Field(
        30.0, gt=0, description="How long one call of the embedding model may take."
    )
    rerank_model: RerankModel | None = Field(
        None,
        description="A cross-encoder that reads the best 30 hits of each search again and puts "
        "them in order: `onnx:` with a folder or an .onnx file. Unset: hits are not reranked.",
    )
    rerank_timeout_seconds: float = Field(
        0.3,
        gt=0,
        description="How long that may take; after that the hits stay in the order of words and "
        "vectors, and the answer says so.",
    )
    grace_seconds: float = Field(
        10.0, ge=0, description="How long running jobs and requests may finish at a stop."
    )
    drain_seconds: float = Field(
        0.0,
        ge=0,
        description="How long a server that was told to stop still answers while `/readyz` says "
        "503, so that a load balancer sends nothing any more; a few checks of it long.",
    )
    job_retention_days: float = Field(
        7.0, gt=0, description="How long finished jobs are kept before they are cleaned away."
    )
    recall_days: float = Field(
        30.0,
        ge=0,
        description="How long it is logged who was shown which memories; with 0 it is only counted "
        "how often each memory was shown.",
    )
    recall_queries: bool = Field(
        True,
        description="Whether that log has the words that were searched for.",
    )
    trash_days: float = Field(
        30.0,
        ge=0,
        description="How long deleted memories can be brought back from the trash; with 0 they "
        "go for ever within the hour.",
    )
    consolidate_days: float = Field(
        0.0,
        ge=0,
        le=3_650,
        description="How often the memories are looked through for duplicates, outdated ones and "
        "more, to make proposals; 7 is weekly, 0 only by hand. No memory is changed.",
    )
    backup_every: float | None = Field(
        None,
        ge=0,
        description="How many hours after the last backup the next one is made, by whatever "
        "worker runs; 0: only when somebody asks. Unset: 24 for a file, 0 for PostgreSQL, whose "
        "backups need `pg_dump`.",
    )
    backup_dir: Directory | None = Field(
        None,
        description="Where backups are kept; `backups` in the data directory if unset. Another "
        "disk survives the loss of this one.",
    )
    backup_keep: int = Field(
        7, ge=1, description="How many backups stay; the oldest go when a new one is verified."
    )
    import_max_bytes: int = Field(
        200_000_000,
        ge=1_000,
        description="The largest file that is taken by an import over the page or REST; "
        "`memorizer import` has no limit.",
    )
    mirror_dir: Directory | None = Field(
        None,
        description="A folder in which workers keep a Markdown note of every memory, current "
        "within seconds and never read; made if it is missing. Unset: none.",
    )
    database_url: DatabaseAddress | None = Field(
        None,
        description="The PostgreSQL database that holds everything, for example "
        "`postgresql://memorizer:secret@localhost/memorizer`; without one it is a file in "
        "the data directory.",
    )
    database_connections: int = Field(
        10,
        ge=3,
        le=200,
        description="How many connections to PostgreSQL one process may open for its work; two "
        "more carry signals.",
    )
    redis_url: SecretStr | None = Field(
        None,
        description="The Redis server that holds the job queues, for example "
        "`redis://localhost:6379`; without one they are tables of the database.",
    )
    redis_prefix: str = Field(
        "bull",
        pattern=r"^[\w.:{}-]+$",
        description="What the names of all keys in Redis begin with; `bull` is BullMQ's own.",
    )
    lease_seconds: float = Field(
        30.0,
        gt=0,
        description="After how long without a sign of life a worker's jobs go to another. "
        "Advanced; shorter only makes sense in tests.",
    )

    @property
    def lease_ms(self) -> int:
        """How long a worker may be silent."""
        return int(self.lease_seconds * 1_000)

    @property
    def database_file(self) -> Path:
        """Where the memories are when there is no other database."""
        return self.data_dir / "memorizer.db"

    @property
    def has_no_store(self) -> bool:
        """Whether there is no database yet; one elsewhere is taken to be there."""
        return self.database_url is None and not self.database_file.exists()

    @property
    def backups_dir(self) -> Path:
        """Where backups are kept."""
        return self.backup_dir or self.data_dir / "backups"

    @property
    def backup_every_ms(self) -> int | None:
        """How often backups are made; None: only when somebody asks."""
        usual = 24.0 if self.database_url is None else 0.0
        hours = usual if self.backup_every is None else self.backup_every
        return int(hours * 3_600_000) or None

    @property
    def models_dir(self) -> Path:
        """Where the files of fetched models are kept."""
        return self.data_dir / "models"


def variable(field: str) -> str:
    """Return the environment variable of a setting."""
    return PREFIX + field.upper()
