"""The committed openapi.json is what the program serves."""

from pathlib import Path

from memorizer.http.app import openapi_text

COMMITTED = Path(__file__).parents[2] / "openapi.json"


def test_the_committed_description_is_fresh() -> None:
    assert COMMITTED.read_text(encoding="utf-8") == openapi_text(), "run: make openapi"
