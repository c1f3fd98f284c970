"""The options of a dataset: shared defaults, its own, and what makes sense."""

import math
from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from fmbench.data.registry import DATASETS, SOURCES
from fmbench.data.splits.label import RATE, LabelRule
from fmbench.errors import UnknownName, UsageError

SHARED: Mapping[str, Any] = {
    "fields": "ids",
    "label": "rate>9",  # KMRD's ratings crowd at 9 and 10
    "duplicates": "keep",
    "split": "random",
    "split_seed": 0,
    "ratios": [0.8, 0.1, 0.1],
    "rows": None,
}

OPTIONAL: Mapping[str, Any] = {
    "only": None,
    "without": None,
    "train_share": 1.0,
    "bins": "quantile",
    "min_count": 1,
    "buckets": 0,
    "group": None,
    "dates": None,
    "negatives": 0,
    "valid_share": 0.0,
}
"""Options with the values that change nothing; a spec leaves these out, so that older cases keep
their hash."""

CHOICES: Mapping[str, tuple[str, ...]] = {
    "fields": ("ids", "columns", "full", "habits"),
    "duplicates": ("last", "first", "keep"),
    "split": ("random", "temporal", "leave-last", "given"),
    "bins": ("quantile", "log2", "number"),
}

SPLIT_OF: Mapping[str, str] = {"group": "random", "dates": "temporal"}
"""Options that mean something to one split alone."""

LARGEST_SEED = 2**63 - 1

MOST_NEGATIVES = 100
"""Sampled rows for each positive; with more, nearly all of an epoch is made up."""

MOST_BUCKETS = 2**26
"""Ids of a hashed field; its table would take gigabytes."""


def options(name: str, args: Mapping[str, Any]) -> dict[str, Any]:
    """Return all options of a dataset, checked and normalised; touch no file.

    Raises:
        UnknownName: No dataset, option or choice has this name.
        UsageError: A value has the wrong type or makes no sense.
    """
    own, source = DATASETS[name].defaults, SOURCES[name]
    pinned = not source.is_declared and None not in source.all_files.values()
    defaults = {**SHARED, **source.shared, **own}
    for key in args:
        if key not in {**defaults, **OPTIONAL} and (key != "sha256" or pinned):
            raise UnknownName(f"{name} option", key, [*defaults, *OPTIONAL])
    chosen = {**defaults, **args}
    for key, default in own.items():
        _check_type(key, chosen[key], default)
    checked = {key: _checked(key, value) for key, value in chosen.items()}
    if not source.is_declared and LabelRule.parse(checked["label"]).name != RATE:
        raise UsageError(f"label is {checked['label']!r}; expected a rule such as 'rate>9'")
    if checked.get("only") and checked.get("without"):
        raise UsageError("only and without are both given; expected one of them")
    for key, split in SPLIT_OF.items():
        value, chosen_split = checked.get(key), checked["split"]
        if value is not None and chosen_split != split:
            raise UsageError(
                f"{key} is {value!r} and split {chosen_split!r}; expected split {split!r}"
            )
    always = {key for key in checked if key in {**own, **source.shared} or key not in OPTIONAL}
    return {k: v for k, v in checked.items() if k in always or v != OPTIONAL[k]}


def _check_type(key: str, value: Any, default: Any) -> None:
    """Hold a dataset's own option to the type of its default; a default of None allows any."""
    kind = type(default)
    allowed = (int, float) if kind is float else (kind,)
    if default is not None and type(value) not in allowed:
        raise UsageError(
            f"{key} is {value!r}; expected {kind.__name__} like the default {default!r}"
        )
    if isinstance(value, float) and not math.isfinite(value):
        raise UsageError(f"{key} is {value!r}; expected a finite number")


def _checked(key: str, value: Any) -> Any:
    if key in CHOICES:
        if type(value) is not str:
            raise UsageError(f"{key} is {value!r}; expected one of {', '.join(CHOICES[key])}")
        if value not in CHOICES[key]:
            raise UnknownName(f"{key} choice", value, CHOICES[key])
    return _CHECKS[key](value) if key in _CHECKS else value


def _label(value: Any) -> str:
    if type(value) is not str:
        raise UsageError(f"label is {value!r}; expected a rule such as 'rate>9'")
    return str(LabelRule.parse(value)) if value else ""


def _split_seed(value: Any) -> int:
    if type(value) is not int or not 0 <= value <= LARGEST_SEED:
        raise UsageError(
            f"split_seed is {value!r}; expected a whole number from 0 to {LARGEST_SEED}"
        )
    return value


def _rows(value: Any) -> int | None:
    if value is not None and (type(value) is not int or value < 1):
        raise UsageError(f"rows is {value!r}; expected a whole number of at least 1, or nothing")
    return value


def _ratios(value: Any) -> list[float]:
    given = list(value) if isinstance(value, list | tuple) else []
    numbers = [float(v) for v in given if type(v) in (int, float)]
    if len(given) != 3 or len(numbers) != 3 or not all(0 < number < 1 for number in numbers):
        raise UsageError(
            f"ratios is {value!r}; expected three numbers above 0, for train, valid and test"
        )
    if abs(math.fsum(numbers) - 1) > 1e-9:
        raise UsageError(f"ratios sum to {math.fsum(numbers):g}; expected a sum of 1")
    return numbers


def _names(key: str) -> Callable[[Any], list[str] | None]:
    def check(value: Any) -> list[str] | None:
        if value is None:
            return None
        given = list(value) if isinstance(value, list | tuple) else []
        if not given or not all(type(v) is str for v in given) or len({*given}) < len(given):
            raise UsageError(f"{key} is {value!r}; expected a list of fields, each only once")
        return sorted(given)

    return check


def _train_share(value: Any) -> float:
    if type(value) not in (int, float) or not 0 < value <= 1:
        raise UsageError(f"train_share is {value!r}; expected a number above 0, at most 1")
    return float(value)


def _valid_share(value: Any) -> float:
    if type(value) not in (int, float) or not 0 <= value < 1:
        raise UsageError(f"valid_share is {value!r}; expected a number from 0 to below 1")
    return float(value)


def _whole(key: str, least: int, most: int, or_zero: str = "") -> Callable[[Any], int]:
    """Return a check of a whole number in these bounds, or 0 where `or_zero` says what it means."""

    def check(value: Any) -> int:
        if type(value) is int and (least <= value <= most or (or_zero and value == 0)):
            return value
        other = f", or 0 {or_zero}" if or_zero else ""
        raise UsageError(
            f"{key} is {value!r}; expected a whole number from {least} to {most}{other}"
        )

    return check


def _group(value: Any) -> str | None:
    if value is not None and (type(value) is not str or not value):
        raise UsageError(f"group is {value!r}; expected the name of a column, or nothing")
    return value


def _dates(value: Any) -> list[str] | None:
    if value is None:
        return None
    given = list(value) if isinstance(value, list | tuple) else []
    try:
        days = [date.fromisoformat(day) for day in given]
    except (TypeError, ValueError):
        days = []
    if len(days) != 2 or not days[0] < days[1]:
        raise UsageError(
            f"dates is {value!r}; expected two days, as 2024-05-01: the first of the validation "
            "rows, and a later one, the first of the test rows"
        )
    return [day.isoformat() for day in days]


def _file(value: Any) -> Any:
    """Refuse names that lead out of the data folder."""
    for name in value if isinstance(value, list) and value else [value]:
        parts = name.split("/") if isinstance(name, str) else [""]
        if any(part in ("", ".", "..") or not part.isprintable() for part in parts) or any(
            letter in name for letter in "\\:"
        ):
            raise UsageError(f"file is {name!r}; expected the name of a file in the data folder")
    return value


def _join(value: Any) -> Any:
    """Hold the names of side files to the data folder; a declaration says more than names."""
    for entry in value or ():
        if isinstance(entry, str):
            _file(entry)
    return value


_CHECKS: Mapping[str, Callable[[Any], Any]] = {
    "label": _label,
    "split_seed": _split_seed,
    "rows": _rows,
    "ratios": _ratios,
    "file": _file,
    "join": _join,
    "only": _names("only"),
    "without": _names("without"),
    "train_share": _train_share,
    "valid_share": _valid_share,
    "min_count": _whole("min_count", 1, 10**9),
    "buckets": _whole("buckets", 2, MOST_BUCKETS, "for none"),
    "negatives": _whole("negatives", 0, MOST_NEGATIVES),
    "group": _group,
    "dates": _dates,
}
