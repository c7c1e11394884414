"""`python -m benchmarks [NAME ...]`: measure, print a table, keep the figures as JSON."""

import argparse
import asyncio
import json
import logging
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import Final

import structlog
from rich.console import Console

from benchmarks import (
    consolidation,
    jobs,
    kernels,
    machine,
    mcp,
    page,
    progress,
    quality,
    redis_jobs,
    reembed,
    search,
    sharing,
    start,
    store,
)
from benchmarks.corpus import Corpus
from benchmarks.figure import Bench, Figure, Measure
from benchmarks.peers import suite as peers
from benchmarks.table import picture, table, write_page

HERE: Final = Path(__file__).parent
RESULTS: Final = HERE / "results"
PAGE: Final = HERE.parent / "docs" / "benchmarks.md"
PICTURE: Final = HERE.parent / "docs" / "images" / "benchmarks.svg"
ALL: Final[dict[str, Measure]] = {
    "kernels": kernels.measure,
    "reembed": reembed.measure,
    "store": store.measure,
    "search": search.measure,
    "quality": quality.measure,
    "consolidation": consolidation.measure,
    "jobs": jobs.measure,
    "redis": redis_jobs.measure,
    "progress": progress.measure,
    "sharing": sharing.measure,
    "start": start.measure,
    "mcp": mcp.measure,
    "page": page.measure,
    "peers": peers.measure,
}


def main() -> None:
    """Measure what was asked for."""
    options = _options()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    stderr = Console(stderr=True, style="dim")
    RESULTS.mkdir(exist_ok=True)
    conditions = [machine.description(), machine.disk(RESULTS), machine.load("at the start")]
    figures: dict[str, Sequence[Figure]] = {}
    for name in options.names or ALL:
        # one line and no spinner, which would be measured too
        stderr.print(f"measuring {name} ...", end=" ")
        start = perf_counter()
        figures[name] = asyncio.run(_measure(ALL[name], options))
        stderr.print(f"{perf_counter() - start:.0f} s")
        _keep(conditions, figures)
    conditions.append(machine.load("at the end"))
    every = [figure for some in figures.values() for figure in some]
    Console().print(table(", ".join(conditions), every))
    _keep(conditions, figures)
    (RESULTS / "latest.svg").write_text(picture(every), encoding="utf-8")
    if options.write_docs:
        write_page(PAGE, conditions, every)
        PICTURE.write_text(picture(every), encoding="utf-8")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"any of: {', '.join(ALL)}")
    parser.add_argument("--texts", type=Path, metavar="FILE", help="real texts, one on each line")
    parser.add_argument("--cranfield", type=Path, metavar="FOLDER", help="a judged set for quality")
    parser.add_argument("--write-docs", action="store_true", help="renew docs/benchmarks.md")
    options = parser.parse_args()
    if unknown := set(options.names) - set(ALL):
        parser.error(f"there is no {', '.join(sorted(unknown))}")
    if options.names and options.write_docs:
        parser.error("--write-docs wants all figures, so no names")
    return options


def _corpus(file: Path | None) -> Corpus:
    return Corpus() if file is None else Corpus(file.read_text(encoding="utf-8").splitlines())


async def _measure(measure: Measure, options: argparse.Namespace) -> Sequence[Figure]:
    """On the disk of the checkout: what a flush of the disk costs is part of the figures."""
    with TemporaryDirectory(prefix="run-", dir=RESULTS) as folder:
        return await measure(Bench(Path(folder), _corpus(options.texts), options.cranfield))


def _keep(conditions: Sequence[str], figures: dict[str, Sequence[Figure]]) -> None:
    report = {
        "conditions": conditions,
        "figures": {name: [figure.as_json() for figure in some] for name, some in figures.items()},
    }
    (RESULTS / "latest.json").write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
