"""fmbench data: get a dataset, check it, show it."""

import argparse
import json
from collections.abc import Iterator, Mapping
from typing import Any

from fmbench.cli import _common, _suite
from fmbench.errors import UsageError

SUMMARY = "fetch, audit or describe a dataset"
DESCRIPTION = """Get a dataset, check it, show it.

  fetch     download the raw files into the cache, checked by SHA-256
  audit     what the rows hold, and what each way to split them leaks
  describe  fields, files and options"""

ACTIONS = ("fetch", "audit", "describe")

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
    "rows_dropped": "rows dropped as duplicates",
    "rows_kept": "rows kept",
    "positive_share": "share of positives",
    "test_pairs_in_train": "test rows whose pair is in training",
    "test_pairs_in_train_share": "… share",
    "test_unseen_user_share": "test rows of a user unseen in training",
    "test_unseen_item_share": "test rows of an item unseen in training",
    "test_older_share": "test rows older than a training row of their user",
    "test_older_share_of_known_users": "… of those whose user training knows",
    "auc_standard_error": "standard error of one test AUC (at 0.8)",
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the flags of `fmbench data`."""
    what = _common.one_of("action", ACTIONS)
    parser.add_argument("what", type=what, metavar="|".join(ACTIONS), help="what to do")
    parser.add_argument("dataset", metavar="DATASET", help="`fmbench list datasets` names them")
    _suite.add_options(parser, "data.KEY, such as data.duplicates=keep")
    _common.add_data_dir(parser)
    _common.add_plugins(parser)
    _common.add_format(parser)


def call(args: argparse.Namespace) -> int:
    """Do one of the actions and show what it found."""
    content: dict[str, Any] = {"dataset": args.dataset}
    _suite.overlay(content, args, tables=("data",))
    _common.load_plugins(args.plugin)

    from fmbench import data
    from fmbench.pages import table

    name, where, options = _suite.dataset(content, data.Where(args.data_dir))
    if args.what == "fetch":
        if name != args.dataset:
            raise UsageError(f"{args.dataset} is a file of your own; there is nothing to fetch")
        _common.put(str(data.fetch(name, where)))
        return 0
    if args.what == "audit":
        facts = data.audit_report(name, data.resolve(name, options, where), where)
        listings = [
            (("file", name), _audit(facts)),
            (("split", *facts["variants"]), _splits(facts)),
        ]
    else:
        facts = data.describe(name, options, where)
        listings = [(("", name), list(_flat(facts)))]
    if args.format == "json":
        _common.put(json.dumps(facts, ensure_ascii=False, indent=1))
    else:
        _common.put("\n\n".join(table(headers, rows, args.format) for headers, rows in listings))
    return 0


def _audit(facts: Facts) -> list[list[Any]]:
    """Return what holds of the rows as they were read."""
    files = [[file, f"SHA-256 {of['sha256']}"] for file, of in facts["files"].items()]
    return files + [[words, _shown(key, facts["raw"][key])] for key, words in RAW.items()]


def _splits(facts: Facts) -> list[list[Any]]:
    """Return what holds of each way to split, one column a way."""
    ways = facts["variants"].values()
    parts = [
        [f"{part}: rows, positives", *(_counts(way, part) for way in ways)]
        for part in ("train", "valid", "test")
    ]
    rows = parts + [
        [words, *(_shown(key, way.get(key)) for way in ways)] for key, words in SPLIT.items()
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
            yield [f"{prefix}{key}", str(value) if isinstance(value, list) else value]
