"""Load: from a dataset's name and options to encoded splits, by way of the cache."""

import hashlib
import inspect
import logging
from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from fmbench.data.columns import AnyColumn
from fmbench.data.datasets.table import TABLE
from fmbench.data.derived.drift import drift_columns
from fmbench.data.derived.habits import habit_columns
from fmbench.data.encoding.cache import Draft, cached
from fmbench.data.encoding.dataset import Dataset, Split
from fmbench.data.encoding.encode import encode
from fmbench.data.encoding.maps import release
from fmbench.data.infer.propose import propose
from fmbench.data.options import SPLIT_OF, options
from fmbench.data.registry import DATASETS, SOURCES
from fmbench.data.sources.raw import Raw, is_pinned, open_raw
from fmbench.data.sources.where import Where, find_file
from fmbench.data.splits.audit import left_out, raw_facts, split_facts
from fmbench.data.splits.prepare import Keys, Prepared, prepare
from fmbench.data.table import PARTS, Table
from fmbench.errors import NOTE, DataError, UnknownName, UsageError
from fmbench.fields import Field, Role

log = logging.getLogger("fmbench")

VARIANTS: Mapping[str, Mapping[str, str]] = {
    "random, duplicates kept": {"split": "random", "duplicates": "keep"},
    "random": {"split": "random"},
    "temporal": {"split": "temporal"},
    "leave-last": {"split": "leave-last"},
    "given": {"split": "given"},
}
"""What `audit_report` compares; the first one is what a naive split does."""


def resolve(name: str, args: Mapping[str, Any], where: Where) -> dict[str, Any]:
    """Return all options of a dataset: the shared and its own defaults, overlaid with `args`.

    Where the content of the files is not known beforehand, a `sha256` is among the options, so that
    other content is another case; only then are files looked at, and fetched if need be.

    Raises:
        UsageError: An option is unknown, of the wrong type or makes no sense.
        DataError: Files that have to be looked at are not within reach.
    """
    if name == TABLE and "reading" not in args:
        proposal = propose(where.data_dir or Path(), args)
        if proposal.found.refusal is not None:
            raise proposal.found.refusal
        for line in (*proposal.found.notes, *proposal.found.leaks):
            log.log(NOTE, "%s", line)
        args = proposal.options
    chosen = options(name, args)
    return chosen if is_pinned(name, chosen) else dict(open_raw(name, chosen, where).args)


def load(name: str, args: Mapping[str, Any], where: Where) -> Dataset:
    """Return a dataset, split and encoded as its options say.

    Raises:
        UsageError: The options make no sense.
        DataError: The data is not within reach, not what it should be, a part of the split has
            no rows, or its training part has one class.
        EnvironmentFault: Files must be fetched and the cache cannot be written.
    """
    raw = open_raw(name, args, where)
    entry = cached(where.cache / "encoded", _key(raw), lambda: _draft(raw), where.hashes)
    train, valid, test = (
        Split(
            entry.arrays[f"{part}.ids"],
            entry.arrays[f"{part}.labels"],
            entry.arrays[f"{part}.users"],
            entry.arrays.get(f"{part}.times"),
        )
        for part in PARTS
    )
    return Dataset(
        name=name,
        args=raw.args,
        fields=tuple(entry.fields),
        train=train,
        valid=valid,
        test=test,
        audit=entry.audit,
        fingerprint=entry.fingerprint,
        user=entry.user,
        item=entry.item,
    )


def roles(name: str, args: Mapping[str, Any], where: Where) -> set[Role]:
    """Return of which roles the fields of a dataset with resolved options tell.

    Looks at the data only where the options leave it open.

    Raises:
        UsageError, DataError, EnvironmentFault: As `load`.
    """
    if args["fields"] in ("ids", "habits") and not {"only", "without"} & args.keys():
        return {"user", "item"}  # else they are refused
    return {field.role for field in load(name, args, where).fields if field.role}


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


def _draft(raw: Raw) -> Draft:
    table = raw.read()
    keys = Keys.of(table)
    prepared = prepare(table, keys, raw.args)
    audit = {**split_facts(prepared), **raw_facts(table, keys)}
    if not is_pinned(raw.name, raw.args):  # a published data set says itself what it drops
        for line in left_out(audit, raw.args["duplicates"]):
            log.warning("%s", line)
    release(table.arrays)
    encoded, streams = encode(prepared, _columns(prepared, raw.args), raw.args)
    of = _roles(table, raw.args)
    fields = [replace(field, role=of.get(field.name)) for field in encoded]
    return Draft(fields, table.user, table.item, audit, streams)


def _roles(table: Table, args: Mapping[str, Any]) -> Mapping[str, Role]:
    """Return the names of the fields that tell of user and item, and which of them they tell of.

    Of `habits` it is the user's share of positives that tells of the user.
    """
    ending = "_share" if args["fields"] == "habits" else ""
    found: dict[str, Role] = {}
    if table.user is not None:
        found[f"{table.user}{ending}"] = "user"
    if table.item is not None:
        found[table.item] = "item"
    return found


def _columns(prepared: Prepared, args: Mapping[str, Any]) -> Mapping[str, AnyColumn]:
    """Return the columns that are encoded; what is left out stays known to split and metrics."""
    known = _field_set(prepared, args)
    only, without = args.get("only", known), args.get("without", ())
    for name in (*only, *without):
        if name not in known:
            raise UnknownName("field", name, known)
    kept = [name for name in known if name in only and name not in without]
    if not kept:
        raise UsageError(f"without is {without!r}; expected to leave a field")
    return {name: known[name] for name in kept}


def _field_set(prepared: Prepared, args: Mapping[str, Any]) -> Mapping[str, AnyColumn]:
    """Return the columns that `fields` stands for; those that tell of user and item come first.

    A column of the table stands before one of the same name that drift or habits would give.
    """
    table, choice = prepared.table, args["fields"]
    keys = {name: table.columns[name] for name in (table.user, table.item) if name is not None}
    if choice == "columns":
        return {**keys, **table.columns}
    if choice == "full":
        drift = drift_columns(prepared)
        return {**keys, **table.columns, **drift, **table.columns}
    needed = {"user": table.user, "item": table.item}
    if choice == "habits":
        needed["time"] = None if table.time is None else "time"
    missing = [role for role, column in needed.items() if column is None]
    if missing:
        raise UsageError(
            f"fields is {choice!r}, and the data has no {' and no '.join(missing)}; "
            "expected columns or full"
        )
    return keys if choice == "ids" else _habits(prepared, args)


def _habits(prepared: Prepared, args: Mapping[str, Any]) -> Mapping[str, AnyColumn]:
    """Return the item, its age and what user and item did lately, and not the user itself."""
    item, drift = str(prepared.table.item), drift_columns(prepared)
    habits = habit_columns(prepared, looks_ahead=args["split"] == "random")
    order = dict.fromkeys((next(iter(habits)), item, f"{item}_age", *habits))
    found = {**drift, **habits, **prepared.table.columns}
    return {name: found[name] for name in order}


def _file_facts(raw: Raw) -> dict[str, Any]:
    return {
        file: {"bytes": facts.stamp[0], "sha256": facts.sha256, "pinned": facts.pinned}
        for file, facts in raw.files.items()
    }


def _key(raw: Raw) -> str:
    """Return a hash of everything that decides the encoded rows, with the code that makes them."""
    files = {file: facts.sha256 for file, facts in raw.files.items()}
    decides = (raw.name, raw.args, files, _code(raw.name), np.__version__)
    return hashlib.sha256(msgspec.json.encode(decides, order="sorted")).hexdigest()[:24]


def _code(name: str) -> str:
    """Return a hash of the sources of this room, of fields and of the dataset.

    So there is no version number to forget.
    """
    build = DATASETS[name].build
    own = None if isinstance(build, partial) else inspect.getsourcefile(build)
    room, ids = Path(__file__).parent, Path(inspect.getfile(Field))
    sources = {*room.rglob("*.py"), ids, *([Path(own)] if own else [])}
    digest = hashlib.sha256()
    for source in sorted(sources):
        digest.update(source.read_bytes())
    return digest.hexdigest()
