"""fmbench reference: what later runs are held to."""

import argparse
from datetime import date
from pathlib import Path

from fmbench.cli import _common
from fmbench.errors import UsageError

SUMMARY = "promote, show or amend what later runs are held to"
DESCRIPTION = """A reference is a name for stored records. Its log, results/references/NAME.jsonl,
is only ever added to and belongs into version control.

  promote NAME DIR           let the name stand for the records of a store from now on
  accept NAME CELL:METRIC    put up with a regression until a day; it stays in sight
  show [NAME]                the references, or the log of one"""

ACTIONS = ("promote", "accept", "show")

HEADERS = ("reference", "what", "at", "of", "until", "reason")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the flags of `fmbench reference`."""
    action = _common.one_of("action", ACTIONS)
    parser.add_argument("action", type=action, metavar="|".join(ACTIONS), help="what to do")
    parser.add_argument("name", nargs="?", metavar="NAME", help="the reference")
    parser.add_argument("of", nargs="?", metavar="DIR|CELL:METRIC", help="a store, or a metric")
    parser.add_argument("--reason", default="", metavar="WHY", help="why; it is kept")
    parser.add_argument("--until", type=_day, metavar="DATE", help="the last day of acceptance")
    parser.add_argument(
        "--min-seeds", type=int, metavar="N", help="seeds that each cell must have (default: 5)"
    )
    _common.add_format(parser)


def call(args: argparse.Namespace) -> int:
    """Promote, accept or show, and show what then stands in the log."""
    from fmbench.api import gate
    from fmbench.pages import table

    if args.action == "promote":
        name, of = _target(args, "a store")
        gate.promote(name, Path(of), reason=args.reason, min_seeds=args.min_seeds)
    elif args.action == "accept":
        name, of = _target(args, "CELL:METRIC")
        if args.until is None:
            raise UsageError("--until is missing; expected the last day of the acceptance")
        cell, _, metric = of.rpartition(":")
        gate.accept(name, cell, metric, until=args.until, reason=args.reason)
    elif args.of:
        raise UsageError(f"`reference show` takes a name alone; {args.of!r} is too much")
    _common.put(table(HEADERS, list(gate.references(args.name)), args.format))
    return 0


def _target(args: argparse.Namespace, what: str) -> tuple[str, str]:
    if not args.name or not args.of:
        raise UsageError(f"`reference {args.action}` expects a name and {what}")
    return args.name, args.of


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise UsageError(f"{text!r} is not a day; expected one such as 2027-01-31") from error
