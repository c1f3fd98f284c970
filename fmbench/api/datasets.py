"""Datasets: which one a suite means, and what is to be known of it."""

import logging
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import Any

from fmbench import data
from fmbench.api.descriptions import Listing, listings
from fmbench.api.descriptions import facts as facts_of
from fmbench.api.tables import is_path, look, own_table, write_schema
from fmbench.data import Where
from fmbench.data.datasets.table import TABLE
from fmbench.errors import DataError, EnvironmentFault, UsageError

log = logging.getLogger("fmbench")

DEFAULT = "kmrd-small"
SUBSTITUTE = "kmrd-synth"

RULE = "!" * 70
"""A line above and below a warning that nobody may miss."""

Facts = Mapping[str, Any]

RAW = {
    "rows": "rows",
    "users": "users",
    "users_with_one_rating": "users with one rating",
    "items": "items",
    "top_rate": "highest rating",
    "top_rate_share": "share of it",
    "repeated_rows": "rows that repeat an earlier user-item pair",
    "disagreeing_pairs": "repeated pairs whose ratings disagree",
    "sorted_by_user": "sorted by user",
    "first_month": "first month",
    "last_month": "last month",
}

SPLIT = {
    "rows_dropped": "rows dropped",
    "rows_unlabelled": "… as they have no label",
    "rows_kept": "rows kept",
    "sampled_negatives": "sampled negatives",
    "positive_share": "share of positives",
    "test_pairs_in_train": "test rows whose pair is in training",
    "test_pairs_in_train_share": "… share",
    "test_unseen_user_share": "test rows of a user unseen in training",
    "test_unseen_item_share": "test rows of an item unseen in training",
    "test_older_share": "test rows older than a training row of their user",
    "test_older_share_of_known_users": "… of those whose user training knows",
    "auc_standard_error": "standard error of one test AUC (at 0.8)",
}


def dataset(content: Mapping[str, Any], where: Where) -> tuple[str, Where, dict[str, Any]]:
    """Return a suite's dataset, where its files are, and its options."""
    named = content.get("dataset")
    options = content.get("data", {})
    if named is None:
        return _default(where), where, options
    if isinstance(named, str) and named not in data.DATASETS and is_path(named):
        return TABLE, *own_table(named, options, where)
    return named, where, options


def _default(where: Where) -> str:
    """Return KMRD-small if it can be had, else its likeness, with a warning nobody can miss."""
    if data.find(DEFAULT, where):
        return DEFAULT
    try:
        data.fetch(DEFAULT, where)
    except (DataError, EnvironmentFault) as error:
        lines = [
            f"{DEFAULT} is not within reach: {error}",
            f"Going on with SYNTHETIC data, {SUBSTITUTE}: no number below is about real ratings.",
            "For real ones: --data-dir DIR or FMBENCH_DATA=DIR, where DIR holds kmrd-small/.",
        ]
        for line in (RULE, *(f"!! {line}" for line in lines), RULE):
            log.warning("%s", line)
        return SUBSTITUTE
    return DEFAULT


def fetch(content: Mapping[str, Any], data_dir: Path | None) -> Path:
    """Fetch a dataset's raw files into the cache, checked by SHA-256; return their folder.

    Raises:
        UsageError: It is a file of the user's own.
        DataError, EnvironmentFault: It cannot be had, or not be kept.
    """
    name, where, _ = dataset(content, Where(data_dir))
    if name != content["dataset"]:
        raise UsageError(f"{content['dataset']} is a file of your own; there is nothing to fetch")
    return data.fetch(name, where)


def audit(content: Mapping[str, Any], data_dir: Path | None) -> tuple[Facts, list[Listing]]:
    """Return what the rows hold and what each way to split them leaks, also as listings."""
    name, where, options = dataset(content, Where(data_dir))
    facts = data.audit_report(name, data.resolve(name, options, where), where)
    return facts, [
        (("file", name), _audit(facts)),
        (("split", *facts["variants"]), _splits(facts)),
    ]


def describe(content: Mapping[str, Any], data_dir: Path | None) -> tuple[Facts, list[Listing]]:
    """Return a dataset's fields, files and options, also as a listing.

    Of a table in files of the user's own: what it is taken for.
    """
    named, given = content["dataset"], content.get("data", {})
    if named not in data.DATASETS and is_path(named):
        where, proposal = look(named, given, Where(data_dir))
        sides = proposal.sides(where.data_dir or Path())
        return facts_of(named, proposal, sides), listings(named, proposal, sides)
    name, where, options = dataset(content, Where(data_dir))
    facts = data.describe(name, options, where)
    rows = [[key, str(of) if isinstance(of, list) else of] for key, of in _flat(facts)]
    return facts, [(("", name), rows)]


def schema(content: Mapping[str, Any], path: Path) -> None:
    """Write what a table in files of the user's own is taken for, as a file that stands for it.

    Raises:
        UsageError: It is no such table, or the file cannot be written.
        DataError: Nothing can be run of it.
    """
    named, given = content["dataset"], content.get("data", {})
    if named in data.DATASETS or not is_path(named):
        raise UsageError(f"--write is for a file of your own; {named} has a declaration")
    where, proposal = look(named, given, Where())
    if proposal.found.refusal is not None:
        raise proposal.found.refusal
    write_schema(proposal, where, path)


def _audit(facts: Facts) -> list[list[Any]]:
    """Return what holds of the rows as they were read."""
    files = [[file, f"SHA-256 {of['sha256']}"] for file, of in facts["files"].items()]
    raw = facts["raw"]
    known = [[words, _shown(key, raw[key])] for key, words in RAW.items() if key in raw]
    return files + known + list(_others(raw, RAW))


def _others(facts: Facts, known: Collection[str]) -> Iterator[list[Any]]:
    """Yield facts that have no words of their own, of a list each item."""
    for name, value in _flat({key: of for key, of in facts.items() if key not in known}):
        for each in value if isinstance(value, list) else [value]:
            yield [name.replace("_", " "), _shown(name, each)]


def _splits(facts: Facts) -> list[list[Any]]:
    """Return what holds of each way to split, one column a way."""
    ways = facts["variants"].values()
    parts = [
        [f"{part}: rows, positives", *(_counts(way, part) for way in ways)]
        for part in ("train", "valid", "test")
    ]
    rows = parts + [
        [words, *(_shown(key, way.get(key)) for way in ways)]
        for key, words in SPLIT.items()
        if any(key in way for way in ways)
    ]
    if any("impossible" in way for way in ways):
        rows.append(["impossible", *(way.get("impossible", "") for way in ways)])
    return rows


def _counts(way: Facts, part: str) -> str:
    of = way.get("parts", {}).get(part)
    return "" if of is None else f"{of['rows']:,}, {of['positives']:,}"


def _shown(key: str, value: Any) -> Any:
    """Return shares as percentages."""
    return f"{value:.2%}".replace("%", " %") if "share" in key and value is not None else value


def _flat(facts: Facts, prefix: str = "") -> Iterator[list[Any]]:
    """Yield every fact with its place; what nests is told apart by dots."""
    for key, value in facts.items():
        if isinstance(value, Mapping):
            yield from _flat(value, f"{prefix}{key}.")
        else:
            yield [f"{prefix}{key}", value]
