"""What the verbs of the gate share: its settings, and how a check is shown."""

import argparse
from typing import TYPE_CHECKING, Any

from fmbench.cli import _common
from fmbench.errors import UsageError

if TYPE_CHECKING:
    from fmbench.api.gate import Check

FORMATS = (*_common.FORMATS, "junit")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what a check can be told."""
    parser.add_argument(
        "--strict", action="store_true", help="exit with 7 where seeds leave something open"
    )
    for flag, what in (
        ("--drop", "the smallest loss that matters"),
        ("--margin", "a change surely within this counts as no change"),
    ):
        parser.add_argument(
            flag, type=_size, action="append", default=[], metavar="METRIC=SIZE", help=what
        )
    _common.add_format(parser, FORMATS)


def told(args: argparse.Namespace) -> dict[str, Any]:
    """Return what a check was told, as arguments of the functions that make one."""
    return {
        "data_dir": args.data_dir,
        "drop": args.drop,
        "margin": args.margin,
        "strict": args.strict,
    }


def put(check: "Check", format: str) -> int:
    """Show a check; return the exit code of what it came to."""
    from fmbench.api import gate

    _common.put(gate.show(check, format))
    return check.exit


def _size(text: str) -> tuple[str, float]:
    metric, equals, size = text.partition("=")
    try:
        if equals:
            return metric, float(size)
    except ValueError:
        pass
    raise UsageError(f"{text!r}; expected METRIC=SIZE, such as auc=0.002")
