"""fmbench list: what is registered."""

import argparse

from fmbench.cli import _common

SUMMARY = "show the registered models, baselines, datasets or metrics"
DESCRIPTION = "Show what is registered, with what is known about it."

WHAT = ("models", "baselines", "datasets", "metrics")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the flags of `fmbench list`."""
    names = "|".join(WHAT)
    what = _common.one_of("listing", WHAT)
    parser.add_argument("what", type=what, metavar=names, help="what to show")
    _common.add_plugins(parser)
    _common.add_format(parser)


def call(args: argparse.Namespace) -> int:
    """Show one registry."""
    _common.load_plugins(args.plugin)

    from fmbench.api.listings import LISTINGS
    from fmbench.pages import table

    headers, rows = LISTINGS[args.what]()
    _common.put(table(headers, rows, args.format))
    return 0
