"""fmbench history: what each night measured against an anchor, and where it changed."""

import argparse
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from fmbench.cli import _common
from fmbench.errors import UsageError

if TYPE_CHECKING:
    from fmbench.gate import Check

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
    from fmbench.gate import history, history_page, repository

    if (args.action == "add") != (args.check is not None):
        raise UsageError("expected `history add CHECK.json` or `history show`")
    if args.action == "add":
        at = f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}"
        history.add(history.PATH, history.night(_check(args.check), at))
    found = history.series(history.read(history.PATH))
    _common.put(history_page.show(found, args.format, repository.commit_pages()))
    return 0


def _check(path: Path) -> "Check":
    """Return the check that a verb of the gate wrote as JSON."""
    import msgspec

    from fmbench.gate import Check

    try:
        return msgspec.json.decode(path.read_bytes(), type=Check)
    except OSError as error:
        raise UsageError(f"{str(path)!r} cannot be read: {error.strerror or error}") from error
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise UsageError(f"{str(path)!r} is no check as --format json has it: {error}") from error
