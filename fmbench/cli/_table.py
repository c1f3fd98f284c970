"""Flags that say what the columns of one's own table are; what none says is found out."""

import argparse
import re
from typing import Any

from fmbench.errors import UsageError

FIELDS = ("ids", "columns", "full", "habits")
"""Sets of fields; anything else that `--fields` names are columns."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the flags."""
    group = parser.add_argument_group("a table of your own")
    group.add_argument("--label", metavar="C|RULE", help="what is predicted: a column, or 'C>=4'")
    group.add_argument(
        "--positive", metavar="VALUE|RULE", help="what of it is positive: a value, or '>=4'"
    )
    for role, means in (
        ("user", "whose row it is"),
        ("item", "what was rated or shown"),
        ("time", "when"),
    ):
        group.add_argument(f"--{role}", metavar="C|none", help=f"the column that says {means}")
    group.add_argument("--without", metavar="C,…", help="columns that models do not get")
    group.add_argument("--numeric", metavar="C,…", help="columns that are numbers")
    group.add_argument("--categorical", metavar="C,…", help="columns that are categories")
    group.add_argument(
        "--multi",
        action="append",
        default=[],
        metavar="C=SEPARATOR",
        help="a column of lists, and what separates their values (may be given more than once)",
    )
    group.add_argument(
        "--join", metavar="FILE,…", help="files with more on the values of a column of their own"
    )
    group.add_argument(
        "--negatives", type=int, metavar="N", help="rows sampled for each, where all are positive"
    )


def options(args: argparse.Namespace) -> dict[str, Any]:
    """Return what the flags say, as options of a dataset."""
    found: dict[str, Any] = {}
    if args.fields is not None:
        names = _names("--fields", args.fields)
        found |= {"fields": args.fields} if args.fields in FIELDS else {"only": names}
    if args.label is not None or args.positive is not None:
        found["label"] = _label(args.label, args.positive)
    for key in ("user", "item", "time", "negatives"):
        if (value := getattr(args, key)) is not None:
            found[key] = value
    for key in ("without", "numeric", "categorical", "join"):
        if (text := getattr(args, key)) is not None:
            found[key] = _names(f"--{key}", text)
    if args.multi:
        found["multi"] = dict(map(_separated, args.multi))
    return found


def _label(label: str | None, positive: str | None) -> str:
    """Return a column or a rule."""
    if positive is None:
        return str(label)
    if re.match(r"\s*(?:>=|<=|>|<|=)", positive):
        if label is None:
            raise UsageError(f"--positive is {positive!r}; expected --label C beside it")
        return f"{label}{positive}"
    if re.search(r"[^<>=](?:>=|<=|>|<|=)", positive) and (
        label is None or positive.startswith(label)
    ):
        return positive
    if label is None:
        raise UsageError(f"--positive is {positive!r}; expected --label C beside it")
    return f"{label}={positive}"


def _names(flag: str, text: str) -> list[str]:
    names = [name.strip() for name in text.split(",")]
    if not all(names) or len(set(names)) < len(names):
        raise UsageError(f"{flag} is {text!r}; expected names, each only once, between commas")
    return names


def _separated(text: str) -> tuple[str, str]:
    name, _, separator = text.partition("=")
    if not name or not separator:
        raise UsageError(f"--multi is {text!r}; expected C=SEPARATOR, such as 'genres=|'")
    return name, separator
