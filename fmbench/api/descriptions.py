"""Descriptions: what an own table is taken for, to be read before anything runs."""

import shlex
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from fmbench.data import Proposal
from fmbench.data.infer.infer import Judged
from fmbench.data.options import SHARED

Listing = tuple[Sequence[str], list[list[Any]]]
"""Headers and rows."""

Sides = Mapping[str, Sequence[Judged]]
"""What the columns of joined files are taken for, by file."""

_MOST = 40
"""Characters of examples that are shown."""

_NEEDS = {
    "user": "no AUC within users, no slices by user, intervals by rows",
    "item": "no slices by item, no sampled negatives",
    "time": "no split by time, no slices by it, no hour, weekday and month",
}
"""What a table without a role goes without."""


def facts(named: str, proposal: Proposal, sides: Sides) -> dict[str, Any]:
    """Return all that was found, as plain values; `sides` are the columns of joined files."""
    found, seen = proposal.found, proposal.survey
    return {
        "dataset": named,
        "rows": seen.rows,
        "all_rows": seen.is_whole,
        "columns": [_facts_of(each) for each in found.columns],
        "joined": {file: [_facts_of(each) for each in of] for file, of in sides.items()},
        "inferred": found.notes,
        "split": _split(proposal),
        "goes_without": [*_absent(proposal)],
        "leaks": found.leaks,
        "refused": None if found.refusal is None else str(found.refusal),
        "options": proposal.options,
        "run": run(named, proposal),
    }


def listings(named: str, proposal: Proposal, sides: Sides) -> list[Listing]:
    """Return the same as listings: the columns, those of each joined file, what is made of them."""
    found, seen = proposal.found, proposal.survey
    rows = f"{seen.rows:,}" if seen.is_whole else f"the first {seen.rows:,} were looked at"
    made = [["rows", rows], ["read as", _reading(proposal)]]
    made += [list(note.split(": ", 1)) for note in found.notes]
    if "split" not in (row[0] for row in made):
        made.append(["split", _split(proposal)])
    made += [["goes without", line] for line in _absent(proposal)]
    made += [["looks like a leak", f"{line}: was it known before?"] for line in found.leaks]
    if found.refusal is not None:
        made.append(["cannot run yet", found.refusal.hint or str(found.refusal)])
    made.append(["to run it", run(named, proposal)])
    joined = [_columns(f"column of {file}", of) for file, of in sides.items()]
    return [_columns("column", found.columns), *joined, (("", named), made)]


def _columns(title: str, columns: Sequence[Judged]) -> Listing:
    rows = [
        [
            each.seen.name, each.kind, each.role, len(each.seen.texts), each.seen.holes,
            _examples(each.seen.examples), each.why,
        ]
        for each in columns
    ]  # fmt: skip
    return (title, "kind", "role", "distinct", "holes", "examples", "why"), rows


def run(named: str, proposal: Proposal) -> str:
    """Return the command that runs the table as it is described."""
    refusal = proposal.found.refusal
    flags = refusal.flags if refusal is not None else ()
    return shlex.join(["fmbench", "run", "--dataset", named, *flags, "--models", "all"])


def _facts_of(each: Judged) -> dict[str, Any]:
    return {
        "name": each.seen.name,
        "kind": each.kind,
        "role": each.role,
        "distinct": len(each.seen.texts),
        "holes": each.seen.holes,
        "examples": each.seen.examples,
        "why": each.why,
    }


def _examples(texts: Sequence[str]) -> str:
    joined = ", ".join(text.replace("\x1f", "|") for text in texts)
    return joined if len(joined) <= _MOST else joined[: _MOST - 1] + "…"


def _reading(proposal: Proposal) -> str:
    reading = proposal.reading
    if reading.format != "delimited":
        return reading.format
    names = {"\t": "tabs", ",": "commas", ";": "semicolons", "|": "bars", " ": "blanks"}
    between = names.get(reading.delimiter, repr(reading.delimiter))
    header = "a header" if reading.header else "no header"
    return f"text in {reading.encoding} with {between} between values and {header}"


def _split(proposal: Proposal) -> str:
    options = proposal.options
    split = options.get("split", SHARED["split"])
    later = "; --split temporal would test on the latest rows" if options.get("time") else ""
    if split != "random":
        return str(split)
    shares = "/".join(f"{share:g}" for share in options.get("ratios", SHARED["ratios"]))
    return f"random, {shares}{later}"


def _absent(proposal: Proposal) -> Iterator[str]:
    for role, loss in _NEEDS.items():
        if not proposal.options.get(role):
            yield f"no {role}: {loss}"
