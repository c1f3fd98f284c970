"""fmbench baseline: what later runs are held to."""

import argparse
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from fmbench.cli import _common
from fmbench.errors import UsageError

if TYPE_CHECKING:
    from fmbench.gate import Log

SUMMARY = "promote, show or amend what later runs are held to"
DESCRIPTION = """A baseline is a name for stored records. Its log, results/baselines/NAME.jsonl,
is only ever added to and belongs into version control.

  promote NAME DIR           let the name stand for the records of a store from now on
  accept NAME CELL:METRIC    put up with a regression until a day; it stays in sight
  show [NAME]                the baselines, or the log of one"""

ACTIONS = ("promote", "accept", "show")

HEADERS = ("baseline", "what", "at", "of", "until", "reason")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the flags of `fmbench baseline`."""
    action = _common.one_of("action", ACTIONS)
    parser.add_argument("action", type=action, metavar="|".join(ACTIONS), help="what to do")
    parser.add_argument("name", nargs="?", metavar="NAME", help="the baseline")
    parser.add_argument("of", nargs="?", metavar="DIR|CELL:METRIC", help="a store, or a metric")
    parser.add_argument("--reason", default="", metavar="WHY", help="why; it is kept")
    parser.add_argument("--until", type=_day, metavar="DATE", help="the last day of acceptance")
    parser.add_argument(
        "--min-seeds", type=int, metavar="N", help="seeds that each cell must have (default: 5)"
    )
    _common.add_format(parser)


def call(args: argparse.Namespace) -> int:
    """Promote, accept or show, and show what then stands in the log."""
    from fmbench import gate
    from fmbench.pages import table

    now = datetime.now(UTC)
    if args.action == "promote":
        log, of = _target(args, "a store")
        least = gate.MIN_SEEDS if args.min_seeds is None else args.min_seeds
        gate.promote(log, Path(of), reason=args.reason, now=now, min_seeds=least)
    elif args.action == "accept":
        log, of = _target(args, "CELL:METRIC")
        if args.until is None:
            raise UsageError("--until is missing; expected the last day of the acceptance")
        cell, _, metric = of.rpartition(":")
        gate.put_up_with(log, cell, metric, until=args.until, reason=args.reason, now=now)
    elif args.of:
        raise UsageError(f"`baseline show` takes a name alone; {args.of!r} is too much")
    names = [args.name] if args.name else gate.names()
    rows = [row for name in names for row in _rows(gate.Log(name))]
    _common.put(table(HEADERS, rows, args.format))
    return 0


def _target(args: argparse.Namespace, what: str) -> "tuple[Log, str]":
    from fmbench.gate import Log

    if not args.name or not args.of:
        raise UsageError(f"`baseline {args.action}` expects a name and {what}")
    return Log(args.name), args.of


def _rows(log: "Log") -> Iterator[tuple[str, str, str, str, str, str]]:
    """Yield a row for each line of a log."""
    from fmbench.gate import Promotion

    for entry in log.read():
        if isinstance(entry, Promotion):
            of, until = f"{entry.store}: {len(entry.records)} records", ""
        else:
            of, until = f"{entry.cell}:{entry.metric}", entry.until.isoformat()
        what = "promote" if isinstance(entry, Promotion) else "accept"
        yield log.name, what, entry.at, of, until, entry.reason


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise UsageError(f"{text!r} is no day; expected one such as 2027-01-31") from error
