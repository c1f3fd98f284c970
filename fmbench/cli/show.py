"""fmbench show: what a model is, in words."""

import argparse

from fmbench.cli import _common

SUMMARY = "say what a model is and what it costs"
DESCRIPTION = """Say what a model is: the paper, the variant of it that is implemented, what other
implementations do otherwise, what it costs, and what tuning may try of it."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the flags of `fmbench show`."""
    parser.add_argument("model", metavar="NAME", help="a registered model")
    _common.add_plugins(parser)
    _common.add_format(parser)


def call(args: argparse.Namespace) -> int:
    """Show one model."""
    _common.load_plugins(args.plugin)

    from fmbench.api import models
    from fmbench.pages import table

    _common.put(table(("", args.model), models.show(args.model), args.format))
    return 0
