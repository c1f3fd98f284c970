"""fmbench check-model: does a model keep the contract."""

import argparse
from pathlib import Path

from fmbench.cli import _common

SUMMARY = "check whether a model keeps the contract"
DESCRIPTION = """Try a model, yours or a registered one, on a handful of rows.

Exits with 1 if it breaks a point of the contract that all models keep."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the flags of `fmbench check-model`."""
    parser.add_argument("model", metavar="NAME|FILE.py", help="a registered model, or your file")
    _common.add_format(parser)


def call(args: argparse.Namespace) -> int:
    """Check a model, or every model that a file registers."""
    from fmbench.harness import check_model
    from fmbench.models import MODELS
    from fmbench.report import table

    names = [args.model]
    if args.model.endswith(".py"):
        before = set(MODELS)
        _common.load_plugins([Path(args.model)])
        names = sorted(set(MODELS) - before)
    checks = [(name, check) for name in names for check in check_model(MODELS[name].name)]
    rows = [[name, check.promise, check.failure or "kept"] for name, check in checks]
    _common.put(table(("model", "promise", "found"), rows, args.format))
    return 1 if any(check.failure for _, check in checks) or not checks else 0
