"""fmbench check-model: does a model keep the contract."""

import argparse
import logging

from fmbench.cli import _common
from fmbench.errors import NOTE

SUMMARY = "check whether a model keeps the contract"
DESCRIPTION = """Try a model, yours or a registered one, on a handful of rows.

Exits with 1 if it breaks a point of the contract that all models keep."""

log = logging.getLogger("fmbench")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the flags of `fmbench check-model`."""
    parser.add_argument("model", metavar="NAME|FILE.py", help="a registered model, or your file")
    _common.add_format(parser)


def call(args: argparse.Namespace) -> int:
    """Check a model, or a file and every model that it registers."""
    from fmbench.api import models
    from fmbench.pages import table

    names, checks = models.check(args.model)
    rows = [[of, check.name, check.promise, check.found] for of, check in checks]
    _common.put(table(("model", "check", "promise", "found"), rows, args.format))
    broken = [of for of, check in checks if check.failure]
    for name in sorted(set(broken) & set(names))[:1]:
        log.log(NOTE, "the same model and rows, in Python: %s", _again(args.model, name))
    return 1 if broken or not names else 0


def _again(given: str, name: str) -> str:
    """Return the lines of Python that make what the checks looked at."""
    load = (
        f"from pathlib import Path; from fmbench.registry import load_plugin; "
        f"load_plugin(Path({given!r})); "
        if given.endswith(".py")
        else ""
    )
    return (
        f"{load}from fmbench.contract import specimen; "
        f"model, ids = specimen.model({name!r}), specimen.ids(specimen.MANY)"
    )
