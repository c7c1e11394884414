"""The official conformance suite, on a server with its fixtures and on the product itself."""

from pathlib import Path

import pytest

from conformance.fixtures import FixtureEndpoint
from memorizer.mcp.http_transport import HttpTransport
from memorizer.services import Services
from support.conformance import FOLDER, SUITE, run
from support.mcp_server import listening

REVISIONS = ("2025-11-25", "2026-07-28")

# the suite has fixtures for what the protocol gives up
pytestmark = pytest.mark.filterwarnings("ignore::mcp.shared.exceptions.MCPDeprecationWarning")


async def verdict(
    services: Services, kind: type[HttpTransport], revision: str, baseline: Path
) -> str:
    """What the suite says; it counts a failure, a warning or a pass that is not foreseen."""
    async with listening(services, kind=kind) as url:
        status, said = await run(
            *(SUITE, "server", "--url", url, "--requirements", revision),
            *("--expected-failures", baseline),
        )
    assert status == 0, said[said.find("=== SUMMARY ===") :]
    return said


@pytest.mark.parametrize("revision", REVISIONS)
async def test_all_that_is_required_passes_with_the_fixtures(
    services: Services, revision: str
) -> None:
    baseline = FOLDER / f"baseline-{revision}.yml"
    said = await verdict(services, FixtureEndpoint, revision, baseline)
    assert "Baseline check passed" in said


@pytest.mark.parametrize("revision", REVISIONS)
async def test_the_product_passes_all_that_needs_no_fixtures(
    services: Services, revision: str
) -> None:
    baseline = FOLDER / f"baseline-product-{revision}.yml"
    said = await verdict(services, HttpTransport, revision, baseline)
    assert "Baseline check passed" in said
