"""Run every model and baseline on KMRD-small; make results/README.md and README's table of them.

    python benchmarks/results.py [--out results/kmrd-small] [--jobs N]   # what is missing; the page
    python benchmarks/results.py --page                                  # the page alone; seconds
    python benchmarks/results.py --check                                 # all again, compared

Fields `ids`, `full` and `habits`, split at random and by time, all under the settings that `run`
uses by default; ten seeds, three of what takes minutes a fit. Nearly 90 minutes on two cores. What
the store holds is not run again, so an interrupted run goes on where it stopped.
`--check` runs everything in a store that is thrown away and compares metrics, curves and the hashes
of predictions bit for bit: expect equality on the same processor with the same packages.
"""

import argparse
import io
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import redirect_stdout
from itertools import product
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import msgspec
from results_page import figures, front, page, pairs, settings

from fmbench.baselines import BASELINES
from fmbench.cli import main as fmbench
from fmbench.models import MODELS
from fmbench.record import Record
from fmbench.store import Store

REPOSITORY = Path(__file__).resolve().parents[1]

FIELDS, SPLITS = ("ids", "full", "habits"), ("random", "temporal")

SLOW = {("full", "random"): ("catboost", "myfm")}
"""Baselines that take minutes a fit on rows of these fields and this split."""


def every_suite() -> Iterator[Sequence[str]]:
    """Yield what to ask of `run`, one after the other."""
    for fields, split in product(FIELDS, SPLITS):
        slow = SLOW.get((fields, split), ())
        quick = [name for name in (*MODELS, *BASELINES) if name not in slow]
        data = ("--dataset", "kmrd-small", "--fields", fields, "--split", split)
        for models, seeds in ((quick, "10"), (slow, "3")):
            if models:
                yield (*data, "--models", ",".join(models), "--seeds", seeds)


CLOCK = {"samples", "time_to_best_s", "peak_rss_mib", "environment", "resumed_after"}
"""What two runs of one cell need not share."""


def run(out: Path, suites: Sequence[Sequence[str]], jobs: str | None) -> int:
    """Run what the store does not hold; return the worst exit code, at once if none can follow."""
    worst = 0
    for suite in suites:
        command = ["run", *suite, "--out", str(out)]
        code, _ = _call([*command, *(["--jobs", jobs] if jobs else [])])
        if code not in (0, 4):
            return code
        worst = max(worst, code)
    return worst


def ask(out: Path) -> int:
    """Ask predictions while they are there, and keep what they say of pairs, slices, chances."""
    _call(["report", str(out), "--keep"])
    code, text = _call(["report", str(out), "--pairs", "--format", "json"])
    if code == 0:
        (out / "pairs.json").write_text(text, encoding="utf-8")
    return code


def _asked(out: Path) -> str | None:
    """Return what was kept; None if nothing was."""
    path = out / "pairs.json"
    return path.read_text(encoding="utf-8") if path.is_file() else None


def build(out: Path) -> dict[Path, str]:
    """Return the files of the page of a store."""
    tuned = Store(out.parent / "tuning")
    trials = tuned.read().records if tuned.records.is_dir() else []
    asked = _asked(out)
    found = settings(Store(out).read().records, asked, trials)
    files = {out.parent / "figures" / name: svg for name, svg in figures(found).items()}
    files[out.parent / "README.md"] = page(out.name, found)
    if asked is not None:
        files[out / "pairs.json"] = pairs(found)
    if out.resolve() == REPOSITORY / "results" / "kmrd-small":
        readme = REPOSITORY / "README.md"
        files[readme] = front(readme.read_text(encoding="utf-8"), found)
    return files


def differences(before: Sequence[Record], after: Sequence[Record]) -> Iterator[str]:
    """Yield a line for each cell that is not there twice, or not the same but for the clock."""
    old, new = _by_cell(before), _by_cell(after)
    for cell in sorted(old | new):
        if cell not in new:
            yield f"{cell}: committed, and did not run again"
        elif cell not in old:
            yield f"{cell}: ran, and is not committed"
        else:
            keys = [key for key in old[cell] if old[cell][key] != new[cell].get(key)]
            if keys:
                yield f"{cell}: {', '.join(keys)} differ"


def _by_cell(records: Sequence[Record]) -> dict[str, Mapping[str, Any]]:
    return {record.spec.cell: dict(_content(record)) for record in records}


def _content(record: Record) -> Iterator[tuple[str, Any]]:
    """Yield what a second run of the cell must give again."""
    for key, value in msgspec.to_builtins(record).items():
        if key == "curve":
            yield key, [{k: v for k, v in epoch.items() if k != "seconds"} for epoch in value]
        elif key not in CLOCK:
            yield key, value


def _call(argv: Sequence[str]) -> tuple[int, str]:
    """Call the command, its results kept and its progress shown."""
    out = io.StringIO()
    with redirect_stdout(out):
        code = fmbench(list(argv))
    return code, out.getvalue()


def check(out: Path, suites: Sequence[Sequence[str]], jobs: str | None) -> int:
    """Run everything again and print what differs."""
    committed = Store(out).read().records
    with TemporaryDirectory() as folder:
        again = Path(folder) / out.name
        if (code := run(again, suites, jobs)) not in (0, 4):
            return code
        lines = list(differences(committed, Store(again).read().records))
        if not lines and (ask(again) or _asked(again) != _asked(out)):
            lines = ["pairs.json: what predictions say of the pairs differs"]
    print(*lines, f"{len(committed)} records committed, {len(lines)} differences", sep="\n")
    return 1 if lines else code


def main(argv: Sequence[str] | None = None, suites: Sequence[Sequence[str]] = ()) -> int:
    """Run, ask and write, or check."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, default=Path("results/kmrd-small"), metavar="DIR")
    parser.add_argument("--jobs", metavar="N", help="cells side by side")
    parser.add_argument("--page", action="store_true", help="write the page alone")
    parser.add_argument("--check", action="store_true", help="run all again and compare")
    args = parser.parse_args(argv)
    suites = suites or list(every_suite())
    if args.check:
        return check(args.out, suites, args.jobs)
    code = 0
    if not args.page:
        code = run(args.out, suites, args.jobs)
        if code not in (0, 4) or ask(args.out):
            return code or 5
    for path, text in build(args.out).items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return code


if __name__ == "__main__":
    sys.exit(main())
