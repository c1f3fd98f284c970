"""Flags that stand for a suite, or change one that was read from a file."""

import argparse
import os
import re
import sys
import tomllib
from collections.abc import Container, Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fmbench.errors import DataError, EnvironmentFault, UnknownName, UsageError

if TYPE_CHECKING:
    from fmbench.data import Where
    from fmbench.spec import RunSpec, Suite
    from fmbench.tuned import Protocol

DEFAULT = "kmrd-small"
SUBSTITUTE = "kmrd-synth"

Content = dict[str, Any]


def add_arguments(parser: argparse.ArgumentParser, *, seeds: bool = True) -> None:
    """Add the suite file and the flags that overlay it; without `seeds` the verb chooses those."""
    parser.add_argument("suite", nargs="?", type=Path, metavar="SUITE.toml", help="what to run")
    parser.add_argument(
        "--models", metavar="all|core|NAME,…", help="which models and baselines (default: core)"
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
        "--dataset", metavar="NAME|FILE.csv", help="which data (default: kmrd-small)"
    )


def add_options(parser: argparse.ArgumentParser, keys: str) -> None:
    """Add the flags that choose how a dataset is read."""
    parser.add_argument("--fields", metavar="ids|full|habits", help="which fields models get")
    parser.add_argument("--split", metavar="random|temporal|leave-last", help="how to split")
    parser.add_argument("--set", action="append", default=[], metavar="KEY=VALUE", help=keys)


def content(args: argparse.Namespace) -> Content:
    """Return the suite file's content, overlaid with the flags; flags win."""
    from fmbench.spec import read_toml

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
    for key, value in (("fields", args.fields), ("split", args.split)):
        if value is not None:
            _put(whole, f"data.{key}", value)
    for setting in args.set:
        key, equals, text = setting.partition("=")
        if not equals:
            raise UsageError(f"--set is {setting!r}; expected KEY=VALUE")
        if key.partition(".")[0].strip() not in tables:
            raise UnknownName("--set key", key, [k for k in _keys() if k.split(".")[0] in tables])
        _put(whole, key.strip(), _value(text.strip()))


def specs(
    content: Content, where: "Where", protocol: "Protocol | None" = None
) -> tuple["Where", list["RunSpec"]]:
    """Return where the data is and the resolved specs of a suite's content.

    A model's settings are those that the content says, then those that the protocol has for the
    data, then the defaults.

    Raises:
        UsageError: A key, name or value makes no sense.
        DataError: A dataset that was asked for by name is not within reach.
    """
    from msgspec.structs import replace

    from fmbench.harness import registry_of, select
    from fmbench.spec import build_suite

    suite = build_suite(content)
    names = select(suite.models)
    for model, arguments in suite.model.items():  # of what does not run now, too
        registry_of(model).resolve(model, arguments)
    if suite.dataset is None:  # what makes no sense is refused before data is looked for
        _resolved(suite, names, DEFAULT, where)
    name, where, options = dataset(content, where)
    ones = _resolved(replace(suite, data=options), names, name, where)
    if protocol is not None:
        ones = _tuned(ones, protocol, suite, content.get("train", {}), where)
    return where, [replace(one, seed=seed) for one in ones for seed in suite.seed_list()]


def _resolved(suite: "Suite", models: list[str], dataset: str, where: "Where") -> list["RunSpec"]:
    """Resolve a suite's specs, one a model: the others differ in nothing but the seed."""
    from msgspec.structs import replace

    from fmbench.harness import resolve

    return [resolve(spec, where) for spec in replace(suite, seeds=1).specs(models, dataset)]


def _tuned(
    specs: list["RunSpec"],
    protocol: "Protocol",
    suite: "Suite",
    given: Iterable[str],
    where: "Where",
) -> list["RunSpec"]:
    """Give resolved specs a protocol's settings, but for the training keys and arguments given."""
    from fmbench.baselines import BASELINES
    from fmbench.harness import resolve

    train = {key: getattr(suite.train, key) for key in given}
    tuned = [
        protocol.apply(
            spec,
            {} if spec.model in BASELINES else train,  # to a baseline they mean nothing
            suite.model.get(spec.model, {}),
        )
        for spec in specs
    ]
    return [
        old if new is old else resolve(new, where) for old, new in zip(specs, tuned, strict=True)
    ]


def dataset(content: Content, where: "Where") -> tuple[str, "Where", Content]:
    """Return a suite's dataset, where its files are, and its options."""
    from fmbench.data import Where

    named = content.get("dataset")
    options = content.get("data", {})
    if named is None:
        return _default(where), where, options
    path = Path(str(named))
    if path.suffix.lower() == ".csv" and isinstance(options, Mapping):
        if not os.path.lexists(path):
            raise DataError(
                f"dataset {str(path)!r}: no such file; expected a CSV file user,movie,rate,time"
            )
        return "ratings", Where(path.parent, is_exact=True), {"file": path.name, **options}
    return named, where, options


def _default(where: "Where") -> str:
    """Return KMRD-small if it can be had, else its likeness, with a warning nobody can miss."""
    from fmbench.data import fetch, find

    if find(DEFAULT, where):
        return DEFAULT
    try:
        fetch(DEFAULT, where)
    except (DataError, EnvironmentFault) as error:
        lines = [
            f"{DEFAULT} is not within reach: {error}",
            f"Going on with SYNTHETIC data, {SUBSTITUTE}: no number below is about real ratings.",
            "For real ones: --data-dir DIR or FMBENCH_DATA=DIR, where DIR holds kmrd-small/.",
        ]
        rule = "!" * 88
        print(rule, *(f"!! {line}" for line in lines), rule, sep="\n", file=sys.stderr)
        return SUBSTITUTE
    return DEFAULT


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
    from fmbench.data import OPTIONAL, SHARED
    from fmbench.spec import TrainSpec

    train = [f"train.{key}" for key in TrainSpec.__struct_fields__]
    return [*train, *(f"data.{key}" for key in (*SHARED, *OPTIONAL)), "model.NAME.ARGUMENT"]


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
