"""Descriptions: what a dataset is, what its rows hold, and what each way to split them leaks."""

from collections.abc import Mapping
from typing import Any

from fmbench.data.load import load
from fmbench.data.options import SPLIT_OF, options
from fmbench.data.registry import DATASETS, SOURCES
from fmbench.data.sources.raw import Raw, open_raw
from fmbench.data.sources.where import Where, find_file
from fmbench.data.splits.audit import raw_facts, split_facts
from fmbench.data.splits.prepare import Keys, prepare
from fmbench.data.table import PARTS, Table
from fmbench.errors import DataError

VARIANTS: Mapping[str, Mapping[str, str]] = {
    "random, duplicates kept": {"split": "random", "duplicates": "keep"},
    "random": {"split": "random"},
    "temporal": {"split": "temporal"},
    "leave-last": {"split": "leave-last"},
    "given": {"split": "given"},
}
"""What `audit_report` compares; the first one is what a naive split does."""


def audit(name: str, args: Mapping[str, Any], where: Where) -> dict[str, Any]:
    """Return a dataset's name, options, files and the audit of its rows and splits."""
    dataset = load(name, args, where)
    files = _file_facts(open_raw(name, args, where))
    return {"dataset": name, "args": dict(dataset.args), "files": files, **dataset.audit}


def audit_report(name: str, args: Mapping[str, Any], where: Where) -> dict[str, Any]:
    """Return the facts of the raw rows, and those of each way to split them (`VARIANTS`).

    A way that needs a user, a time or a part is left out where the table has none, and one that
    these rows do not allow has the reason in place of facts, as "impossible".
    """
    raw = open_raw(name, args, where)
    table = raw.read()
    keys = Keys.of(table)
    variants = {
        title: _facts_or_reason(table, keys, {**raw.args, **changed})
        for title, changed in _ways(table, raw.args).items()
    }
    return {
        "dataset": name,
        "args": dict(raw.args),
        "files": _file_facts(raw),
        "raw": {"rows": len(table), **raw_facts(table, keys)},
        "variants": variants,
    }


def _ways(table: Table, args: Mapping[str, Any]) -> Mapping[str, Mapping[str, Any]]:
    """Return what changes in each way to split that a table can have, no way twice."""
    needs = {"temporal": table.time, "leave-last": table.user, "given": table.part}
    ways = {}
    for title, changed in VARIANTS.items():
        split = changed["split"]
        if needs.get(split, "") is None or changed.get("duplicates") == args["duplicates"]:
            continue
        unsaid = {key: None for key, of in SPLIT_OF.items() if of != split}
        ways[title] = {**changed, **unsaid}
    return ways


def _facts_or_reason(table: Table, keys: Keys, args: Mapping[str, Any]) -> dict[str, Any]:
    """Return the facts of a way to split, or why these rows cannot be split so."""
    try:
        return split_facts(prepare(table, keys, args))
    except DataError as error:
        return {"impossible": str(error)}


def describe(name: str, args: Mapping[str, Any], where: Where) -> dict[str, Any]:
    """Return what a dataset is and holds; None for what only the network knows.

    Without a choice among `args` its fields are all that its files give.

    Raises:
        UsageError, DataError: As `load`.
    """
    entry, source, chosen = DATASETS[name], SOURCES[name], options(name, args)
    folder = find_file(name, source.main(chosen), where)
    known: dict[str, Any] = {"fields": None, "shape": None}
    if folder is not None:
        full = all((folder / file).is_file() for file in source.metadata)
        dataset = load(name, {"fields": "full" if full else "ids", **args}, where)
        known["fields"] = {
            field.name: {
                "cardinality": field.cardinality,
                "width": field.width,
                **({"kind": field.kind} if field.kind != "categorical" else {}),
                **({"weight_rows": field.rows} if field.values else {}),
            }
            for field in dataset.fields
        }
        known["shape"] = {part: list(getattr(dataset, part).ids.shape) for part in PARTS}
    return {
        "dataset": name,
        "summary": entry.summary,
        **entry.about,
        "files": source.all_files,
        "within_reach": folder is not None,
        "options": chosen,
        **known,
    }


def _file_facts(raw: Raw) -> dict[str, Any]:
    return {
        file: {"bytes": facts.stamp[0], "sha256": facts.sha256, "pinned": facts.pinned}
        for file, facts in raw.files.items()
    }
