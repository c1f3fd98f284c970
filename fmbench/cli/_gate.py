"""What the verbs of the gate share: its settings, and how a check is shown."""

import argparse
import json
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from fmbench.cli import _common
from fmbench.errors import FmbenchError, UsageError

if TYPE_CHECKING:
    from collections.abc import Callable

    from fmbench.gate import Side
    from fmbench.gate.gates import Gate
    from fmbench.metrics import Labels
    from fmbench.record import Record

FORMATS = (*_common.FORMATS, "junit")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what a check can be told."""
    parser.add_argument(
        "--strict", action="store_true", help="exit with 7 where seeds leave something open"
    )
    for flag, what in (
        ("--drop", "the smallest loss that matters"),
        ("--margin", "a change surely within this is none"),
    ):
        parser.add_argument(
            flag, type=_size, action="append", default=[], metavar="METRIC=SIZE", help=what
        )
    _common.add_format(parser, FORMATS)


def judge(base: "Side", new: "Side", args: argparse.Namespace) -> int:
    """Judge and show; return the exit code of what it came to."""
    from fmbench import gate

    today = datetime.now(UTC).date()
    check = gate.check(
        base,
        new,
        today=today,
        gates=gates(args),
        strict=args.strict,
        labels=_labels(args.data_dir),
    )
    _common.put(gate.show(check, args.format))
    return check.exit


def _labels(data_dir: Path | None) -> "Callable[[Record], Labels | None]":
    """Return what gives the test labels of a record whose data is at hand; fetches nothing."""

    @cache
    def load(dataset: str, args: str, fingerprint: str | None) -> "Labels | None":
        from fmbench import data

        where = data.Where(data_dir)
        try:
            if data.find(dataset, where) is None:
                return None
            loaded = data.load(dataset, json.loads(args), where)
        except FmbenchError:
            return None
        return loaded.test.labels > 0 if loaded.fingerprint == fingerprint else None

    return lambda r: load(r.spec.dataset, json.dumps(r.spec.dataset_args), r.fingerprint)


def gates(args: argparse.Namespace) -> "dict[str, Gate]":
    """Return what the metrics are held to."""
    from fmbench import gate

    return gate.adjusted(dict(args.drop), dict(args.margin))


def _size(text: str) -> tuple[str, float]:
    metric, equals, size = text.partition("=")
    try:
        if equals:
            return metric, float(size)
    except ValueError:
        pass
    raise UsageError(f"{text!r}; expected METRIC=SIZE, such as auc=0.002")
