"""Load: from a dataset's name and options to encoded splits, by way of the cache."""

import hashlib
import logging
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from fmbench.data.code import code_of
from fmbench.data.datasets.table import TABLE
from fmbench.data.encoding.cache import Draft, cached
from fmbench.data.encoding.dataset import Dataset, Split
from fmbench.data.encoding.encode import encode
from fmbench.data.encoding.maps import release
from fmbench.data.field_sets import chosen, kinds_of, roles_of
from fmbench.data.infer.leaks import telling
from fmbench.data.infer.propose import propose
from fmbench.data.options import options
from fmbench.data.registry import DATASETS, SOURCES
from fmbench.data.sources.raw import Raw, is_pinned, open_raw
from fmbench.data.sources.where import Where
from fmbench.data.splits.audit import left_out, raw_facts, split_facts
from fmbench.data.splits.prepare import Keys, prepare
from fmbench.data.table import PARTS
from fmbench.errors import NOTE
from fmbench.fields import Role

log = logging.getLogger("fmbench")


def resolve(name: str, args: Mapping[str, Any], where: Where) -> dict[str, Any]:
    """Return all options of a dataset: the shared and its own defaults, overlaid with `args`.

    Where the content of the files is not known beforehand, a `sha256` is among the options, so that
    other content is another case; only then are files looked at, and fetched if need be.

    What is found out of an own table is said once, however often the table is resolved, and kept in
    `where` for the audit.

    Raises:
        UsageError: An option is unknown, of the wrong type or makes no sense.
        DataError: Files that have to be looked at are not within reach.
    """
    reasons = None
    if name == TABLE and "reading" not in args:
        proposal = propose(where.data_dir or Path(), args)
        if proposal.found.refusal is not None:
            raise proposal.found.refusal
        args, reasons = proposal.options, proposal.reasons
    whole = options(name, args)
    whole = whole if is_pinned(name, whole) else dict(open_raw(name, whole, where).args)
    if reasons is not None:
        said = {line for each in where.inferred.values() for line in _lines(each)}
        for line in _lines(reasons):
            if line not in said:
                log.log(NOTE, "%s", line)
        where.inferred[_spelt(whole)] = reasons
    return whole


def _lines(reasons: Mapping[str, Any]) -> list[str]:
    return [*reasons["roles"], *reasons["leaks"]]


def _spelt(args: Mapping[str, Any]) -> str:
    return msgspec.json.encode(args, order="sorted").decode()


def load(name: str, args: Mapping[str, Any], where: Where) -> Dataset:
    """Return a dataset, split and encoded as its options say.

    Raises:
        UsageError: The options make no sense.
        DataError: The data is not within reach, not what it should be, a part of the split has
            no rows, or its training part has one class.
        EnvironmentFault: Files must be fetched and the cache cannot be written.
    """
    raw = open_raw(name, args, where)
    inferred = where.inferred.get(_spelt(raw.args)) if where.inferred else None
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
    rows, judged = ((part.ids, part.labels) for part in (train, valid))
    alone = telling(entry.fields, rows, judged)
    train.release()
    valid.release()
    found = {"telling_fields": alone, "inferred": inferred}
    return Dataset(
        name=name,
        args=raw.args,
        fields=tuple(entry.fields),
        train=train,
        valid=valid,
        test=test,
        audit={**entry.audit, **{key: of for key, of in found.items() if of}},
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


def _draft(raw: Raw) -> Draft:
    table = raw.read()
    keys = Keys.of(table)
    prepared = prepare(table, keys, raw.args)
    audit = {**split_facts(prepared), **raw_facts(table, keys)}
    if not is_pinned(raw.name, raw.args):  # a published data set says itself what it drops
        for line in left_out(audit, raw.args["duplicates"]):
            log.warning("%s", line)
    release(table.arrays)
    encoded, streams = encode(prepared, chosen(prepared, raw.args), raw.args)
    of = roles_of(table, raw.args)
    fields = [replace(field, role=of.get(field.name)) for field in encoded]
    if SOURCES[raw.name].is_declared:
        audit["fields"] = kinds_of(fields)
    return Draft(fields, table.user, table.item, audit, streams)


def _key(raw: Raw) -> str:
    """Return a hash of everything that decides the encoded rows, with the code that makes them."""
    files = {file: facts.sha256 for file, facts in raw.files.items()}
    decides = (raw.name, raw.args, files, code_of(DATASETS[raw.name].build), np.__version__)
    return hashlib.sha256(msgspec.json.encode(decides, order="sorted")).hexdigest()[:24]
