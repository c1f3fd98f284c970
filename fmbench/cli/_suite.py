"""Flags that stand for a suite, or change one that was read from a file."""

import argparse
import re
import tomllib
from collections.abc import Container
from pathlib import Path
from typing import Any

from fmbench.cli import _table
from fmbench.errors import UnknownName, UsageError

Content = dict[str, Any]


def add_arguments(parser: argparse.ArgumentParser, *, seeds: bool = True) -> None:
    """Add the suite file and the flags that overlay it; without `seeds` the verb chooses those."""
    parser.add_argument("suite", nargs="?", type=Path, metavar="SUITE.toml", help="what to run")
    parser.add_argument(
        "--models",
        metavar="all|core|family:F|NAME,…",
        help="which models and baselines (default: core)",
    )
    add_dataset(parser)
    add_options(parser, "train.KEY, data.KEY or model.NAME.KEY, such as train.batch_size=256")
    if seeds:
        parser.add_argument(
            "--seeds", metavar="N|S,S,…", help="how many seeds, or which (default: 3)"
        )
    else:
        parser.set_defaults(seeds=None)


def add_dataset(parser: argparse.ArgumentParser) -> None:
    """Add the flag that chooses a dataset."""
    parser.add_argument(
        "--dataset", metavar="NAME|FILE|FOLDER", help="which data (default: kmrd-small)"
    )


def add_options(parser: argparse.ArgumentParser, keys: str) -> None:
    """Add the flags that choose how a dataset is read."""
    parser.add_argument(
        "--fields", metavar="ids|columns|full|habits|C,…", help="which fields models get"
    )
    parser.add_argument("--split", metavar="random|temporal|leave-last|given", help="how to split")
    _table.add_arguments(parser)
    parser.add_argument("--set", action="append", default=[], metavar="KEY=VALUE", help=keys)


def content(args: argparse.Namespace) -> Content:
    """Return the suite file's content, overlaid with the flags; flags win."""
    from fmbench.api.content import read_toml

    whole: Content = read_toml(args.suite) if args.suite else {}
    if args.models is not None:
        whole["models"] = models("--models", args.models)
    if args.seeds is not None:
        whole["seeds"] = _seeds(args.seeds)
    if args.dataset is not None:
        whole["dataset"] = args.dataset
    overlay(whole, args)
    return whole


def overlay(
    whole: Content, args: argparse.Namespace, tables: Container[str] = ("train", "data", "model")
) -> None:
    """Put what `add_options` added on top of a suite's content, of which it reaches `tables`."""
    if args.split is not None:
        _put(whole, "data.split", args.split)
    for key, said in _table.options(args).items():
        _put(whole, f"data.{key}", said)
    for setting in args.set:
        key, equals, text = setting.partition("=")
        if not equals:
            raise UsageError(f"--set is {setting!r}; expected KEY=VALUE")
        if key.partition(".")[0].strip() not in tables:
            raise UnknownName("--set key", key, [k for k in _keys() if k.split(".")[0] in tables])
        _put(whole, key.strip(), _value(text.strip()))


def _put(whole: Content, key: str, value: Any) -> None:
    """Set a dotted key; which keys there are is checked later, except the first part."""
    head, *rest = key.split(".")
    if head == "model" and len(rest) > 1:  # a model's name may have dots, an argument has none
        rest = [".".join(rest[:-1]), rest[-1]]
    if len(rest) != (2 if head == "model" else 1):
        raise UnknownName("--set key", key, _keys())
    table = whole
    for part in (head, *rest[:-1]):
        inner = table.setdefault(part, {})
        if not isinstance(inner, dict):
            raise UsageError(f"{part} is {inner!r}; expected a table")
        table[part] = table = dict(inner)
    table[rest[-1]] = value


def _keys() -> list[str]:
    from fmbench.api.content import keys

    return keys()


def _value(text: str) -> Any:
    """Read a value as TOML does; a bare word is a string."""
    try:
        return tomllib.loads(f"value = {text}")["value"]
    except (ValueError, RecursionError):
        return text


def models(flag: str, text: str) -> str | list[str]:
    """Return `all`, `core`, or the names between commas."""
    chosen = _words(flag, text)
    return chosen[0] if chosen in (["all"], ["core"]) else chosen


def _words(flag: str, text: str) -> list[str]:
    words = [word.strip() for word in text.split(",")]
    if not all(words) or len(set(words)) < len(words):
        raise UsageError(f"{flag} is {text!r}; expected names, each only once, between commas")
    return words


def _seeds(text: str) -> int | list[int]:
    if not re.fullmatch(r"[0-9]+(,[0-9]+)*", text, re.ASCII):
        raise UsageError(f"--seeds is {text!r}; expected a count, or seeds between commas")
    numbers = [int(word) for word in text.split(",")]
    return numbers if len(numbers) > 1 else numbers[0]
