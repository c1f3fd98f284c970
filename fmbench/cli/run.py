"""fmbench run: run what the store does not hold yet, show the table."""

import argparse
import os
from pathlib import Path

from fmbench.cli import _common, _suite
from fmbench.errors import UsageError

SUMMARY = "train and test models, show the table"
DESCRIPTION = (
    "Run the cells (model × seed) that the store does not hold yet; show the table of all."
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the flags of `fmbench run`."""
    _suite.add_arguments(parser)
    _common.add_data_dir(parser)
    _common.add_plugins(parser)
    parser.add_argument(
        "--jobs", type=int, metavar="N", help="cells side by side (default: the number of cores)"
    )
    parser.add_argument(
        "--timeout",
        type=float,
        metavar="SECONDS",
        help="how long a cell may take before it is ended and recorded so (default: no limit)",
    )
    parser.add_argument("--device", default="cpu", help="torch device (default: cpu)")
    parser.add_argument(
        "--out", type=Path, default=Path("runs"), metavar="DIR", help="the store (default: runs)"
    )
    _common.add_format(parser)


def call(args: argparse.Namespace) -> int:
    """Run a suite's cells and show their records."""
    jobs, timeout = _jobs(args.jobs), _timeout(args.timeout)
    content = _suite.content(args)
    _common.load_plugins(args.plugin)

    from fmbench.cli._progress import progress
    from fmbench.data import Where
    from fmbench.executors import sweep
    from fmbench.harness import Setting
    from fmbench.report import show
    from fmbench.store import Store

    where, specs = _suite.specs(content, Where(args.data_dir))
    setting = Setting(where, args.device, jobs=jobs, timeout=timeout)
    with progress("cells") as watch:
        records = sweep(specs, setting, Store(args.out), plugins=args.plugin, watch=watch)
    _common.put(show(records, args.format))
    return 0 if all(record.status == "ok" for record in records) else 4


def _jobs(jobs: int | None) -> int:
    if jobs is None:
        return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else 1
    if not 1 <= jobs <= 1024:
        raise UsageError(f"--jobs is {jobs}; expected 1 to 1024")
    return jobs


def _timeout(seconds: float | None) -> float | None:
    if seconds is not None and not 0 < seconds < float("inf"):
        raise UsageError(f"--timeout is {seconds:g}; expected a number of seconds above 0")
    return seconds
