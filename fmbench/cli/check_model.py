"""fmbench check-model: does a model keep the contract."""

import argparse
import logging
from pathlib import Path

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
    """Check a model, or every model that a file registers."""
    from fmbench.harness import check_model
    from fmbench.models import MODELS
    from fmbench.pages import table

    names = [args.model]
    if args.model.endswith(".py"):
        before = set(MODELS)
        _common.load_plugins([Path(args.model)])
        names = sorted(set(MODELS) - before)
    checks = [(name, check) for name in names for check in check_model(MODELS[name].name)]
    rows = [[name, c.name, c.promise, c.failure or "kept"] for name, c in checks]
    _common.put(table(("model", "check", "promise", "found"), rows, args.format))
    broken = [name for name, check in checks if check.failure]
    if broken:
        log.log(NOTE, "the same model and rows, in Python: %s", _again(args.model, broken[0]))
    return 1 if broken or not checks else 0


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
        f"model, ids = specimen.model({name!r}), specimen.ids()"
    )
