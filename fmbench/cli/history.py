"""fmbench history: what each night measured against an anchor, and where it changed."""

import argparse
from pathlib import Path

from fmbench.cli import _common
from fmbench.errors import UsageError

SUMMARY = "keep nightly checks against an anchor, show where they changed"
DESCRIPTION = """Keep what `fmbench ab ANCHOR HEAD --format json` measured each night, and show
where a metric went to another level. The history, results/history.jsonl, is only ever added to.

  add CHECK.json    a night
  show              the ratio of each metric to the anchor, and its changes"""

ACTIONS = ("add", "show")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the flags of `fmbench history`."""
    action = _common.one_of("action", ACTIONS)
    parser.add_argument("action", type=action, metavar="|".join(ACTIONS), help="what to do")
    parser.add_argument("check", nargs="?", type=Path, metavar="CHECK.json", help="a night's check")
    _common.add_format(parser)


def call(args: argparse.Namespace) -> int:
    """Add a night or show them all."""
    from fmbench.api import history

    if (args.action == "add") != (args.check is not None):
        raise UsageError("expected `history add CHECK.json` or `history show`")
    if args.action == "add":
        history.add(args.check)
    _common.put(history.show(args.format))
    return 0
