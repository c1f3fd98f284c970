"""Flags that say how cells run, of every verb that runs them."""

import argparse
import os
from typing import Any

from fmbench.errors import UsageError


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add `--jobs`, `--timeout` and `--device`."""
    parser.add_argument(
        "--jobs",
        type=int,
        metavar="N",
        help="cells side by side (default: the number of cores; on a GPU, which they share, 1)",
    )
    parser.add_argument(
        "--timeout",
        type=float,
        metavar="SECONDS",
        help="how long a cell may take before it is ended and recorded so (default: no limit)",
    )
    parser.add_argument("--device", default="cpu", help="torch device (default: cpu)")


def read(args: argparse.Namespace) -> dict[str, Any]:
    """Return the flags as fields of a `Setting`.

    Raises:
        UsageError: A value makes no sense.
    """
    return {
        "device": args.device,
        "jobs": _jobs(args.jobs, args.device),
        "timeout": above_zero("--timeout", args.timeout),
    }


def above_zero(flag: str, seconds: float | None) -> float | None:
    """Hold seconds, where some are given, to a number above 0."""
    if seconds is not None and not 0 < seconds < float("inf"):
        raise UsageError(f"{flag} is {seconds:g}; expected a number of seconds above 0")
    return seconds


def _jobs(jobs: int | None, device: str) -> int:
    if jobs is None and device != "cpu":
        return 1
    if jobs is None:
        return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else 1
    if not 1 <= jobs <= 1024:
        raise UsageError(f"--jobs is {jobs}; expected 1 to 1024")
    return jobs
