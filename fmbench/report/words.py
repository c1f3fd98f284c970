"""Words: what must be said above and below a table before its numbers are believed."""

import json
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from typing import Any

from fmbench.report import audit, yardstick
from fmbench.report.rows import IDLE, Row
from fmbench.report.tables import Table
from fmbench.spec import TITLE

SYNTHETIC = "-synth"
"""How the name of a generated dataset ends."""

BASELINE = "†"
"""The mark behind the name of a baseline."""

ALERTS = ("FAILED: ", "UNDEFINED: ", "NO BETTER ", "LEAK, ")
"""Beginnings of lines about something missing or wrong, and not about how to read the rest."""

FILE = "file"
"""The option of a dataset that names what its rows were read from."""

OWN = ("table", "ratings")
"""The datasets that files of the user's own are read as."""

_ITEMS = 8
"""Items of an option that a line shows; the page and JSON have all of them."""

_LONGEST = 250
"""Characters that a page shows of a failure; JSON and CSV hold all of its reason."""


def title(table: Table) -> str:
    """Return the dataset, and the options that two tables of one dataset mostly differ in.

    A file of the user's own is the dataset.
    """
    file = table.dataset_args.get(FILE) if table.dataset in OWN else None
    named = option(file or table.dataset, _ITEMS)
    return ", ".join([named, *_options(table, lambda key: key in TITLE)])


def warning(table: Table) -> str:
    """Return the warning that nobody may miss."""
    if not table.dataset.endswith(SYNTHETIC):
        return ""
    return f"SYNTHETIC DATA: {table.dataset} is drawn by a generator; no real rating is behind it"


def above(table: Table) -> list[str]:
    """Return what the rows are and what the audit found."""
    seeds = sorted({seed for row in table.rows for seed in row.seeds})
    said = (*TITLE, FILE) if table.dataset in OWN else TITLE
    options = _options(table, lambda key: key not in said)
    fingerprint = f"fingerprint {table.fingerprint[:12]}" if table.fingerprint else ""
    return [
        f"Options: {', '.join(filter(None, (*options, fingerprint)))}",
        f"Seeds: {', '.join(map(str, seeds))} ({len(seeds)} in all)",
        *(audit.lines(table.audit) if table.audit else ["Audit: none, no cell came to a result"]),
    ]


def below(table: Table, shown: Collection[str]) -> list[str]:
    """Return what ± means, what it leaves out, where the times were taken and what failed.

    `shown` are the metrics in the table: of these it is said why a cell is empty.
    """
    return [
        *_failures(table.rows),
        *_deterministic(table.rows),
        *_undefined(table.rows, shown),
        *yardstick.lines(table),
        *_uncertainty(table),
        *_tuning(table.rows),
        *_baselines(table.rows),
        *_procedures(table.rows),
        *_idle(table.rows),
        *_paths(table.rows),
        "Speed: median epoch after the first, median repeat, median single row of each run; "
        "best at: from the first step to the end of the epoch that was tested; RSS: peak memory",
        "All numbers are means over seeds, AUC and logloss those of the test rows",
        *environments(table),
    ]


def _idle(rows: Sequence[Row]) -> Iterator[str]:
    idle = [f"{row.name} ({', '.join(row.idle)})" for row in rows if row.idle]
    if idle:
        yield (
            f"IDLE: parts that move their model's logits by less than {IDLE:.0%} of how these "
            f"spread, so that it would be as good without them: {'; '.join(idle)}"
        )


def shortened(line: str) -> str:
    """Return a line no longer than a page shows it."""
    return line if len(line) <= _LONGEST else line[: _LONGEST - 1] + "…"


def _uncertainty(table: Table) -> Iterator[str]:
    if any(row.metrics["auc"].n > 1 for row in table.rows):
        yield (
            "±: half width of the 95 % interval (Student's t) of the mean over seeds, which decide "
            "initialisation and batch order"
        )
    elif not any(len(row.seeds) > 1 for row in table.rows):
        yield "±: not known from one seed"
    if any(row.group for row in table.rows):
        yield (
            "tie: models that share a number cannot be told from the best of them by AUC (Welch's "
            "t over seeds; p < 0.05 after Holm for all pairs of the table); *: tied with the best "
            "of all; s.e.: one standard error of the mean over seeds"
        )
    error = table.audit.get("auc_standard_error")
    size = "?" if error is None else f"{error:.4f}"
    yield (
        "Not in ±: the choice of test rows, the same for all; from it alone one AUC has a standard "
        f"error of about {size}"
    )


def _tuning(rows: Sequence[Row]) -> Iterator[str]:
    """Say what chose the settings of each row; the rows of a table mostly share it."""
    by_trials: dict[int | None, list[str]] = {}
    for row in rows:
        by_trials.setdefault(row.trials, []).append(row.name)
    for trials, names in by_trials.items():
        which = "every model" if len(by_trials) == 1 else ", ".join(names)
        if trials is None:
            yield f"Not tuned: {which}, at its defaults or as the user set it"
        else:
            each = "" if [which] == names else " each"
            yield f"Tuned: {which}, {trials} trials{each}, on validation rows"


def _baselines(rows: Sequence[Row]) -> Iterator[str]:
    if any(row.baseline for row in rows):
        yield (
            f"{BASELINE}: a baseline, trained by its own library on the same rows; best at: its "
            "whole fit, encoding included; its passes cannot be counted, so it has no train rows/s"
        )


def _procedures(rows: Sequence[Row]) -> Iterator[str]:
    """Say how models are fitted that gradient descent does not fit."""
    for row in rows:
        if row.procedures:
            yield shortened(f"{row.name} is fitted by {'; '.join(row.procedures)}")


def _paths(rows: Sequence[Row]) -> Iterator[str]:
    """Say what trained which model, where that differs."""
    by_path: dict[str, list[str]] = {}
    for row in rows:
        for path in () if row.baseline or row.procedures else row.paths:
            by_path.setdefault(path, []).append(row.name)
    if len(by_path) > 1:
        each = "; ".join(f"{path}: {', '.join(names)}" for path, names in by_path.items())
        yield shortened(f"Trained on different paths, one faster than another: {each}")


def _failures(rows: Sequence[Row]) -> Iterator[str]:
    for row in rows:
        for failure in row.failures:
            yield shortened(f"FAILED: {row.name}, {failure}")


def _deterministic(rows: Sequence[Row]) -> Iterator[str]:
    names = [r.name for r in rows if r.metrics["logloss"].n == 1 < len(r.seeds) - len(r.failures)]
    if names:
        yield (
            f"Deterministic: {', '.join(names)}; every seed gave the same predictions, which count "
            "once and have no ±"
        )


def _undefined(rows: Sequence[Row], shown: Collection[str]) -> Iterator[str]:
    """Say why cells are empty; the rows of a table mostly share the reason."""
    found: dict[tuple[str, str], list[str]] = {}
    for row in rows:
        for metric, reason in row.undefined.items():
            if metric in shown:
                found.setdefault((metric, reason), []).append(row.name)
    for (metric, reason), names in found.items():
        yield f"UNDEFINED: {metric} of {', '.join(names)}: {reason}"


def environments(table: Table) -> Iterator[str]:
    """Say where the times were taken; models and baselines differ in what trained them."""
    engines: dict[str, list[str]] = {}
    for facts in table.environments:
        place = json.dumps({**facts, "engine": None, "procedure": None}, sort_keys=True)
        engines.setdefault(place, []).append(str(facts.get("engine", "")))
    if len(engines) > 1:
        yield f"Measured in {len(engines)} environments; speeds compare only within one"
    for place, names in engines.items():
        facts = {**json.loads(place), "engine": " | ".join(filter(None, names)) or None}
        yield f"Measured on {', '.join(_environment(facts))}"


def environment_facts(facts: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield what a cell ran on, by name."""
    packages = facts.get("packages", {})
    commit = facts.get("commit")
    for name, value in (
        ("processor", facts.get("cpu")),
        ("cores", facts.get("cores")),
        ("system", facts.get("system")),
        ("device", facts.get("device")),
        ("engine", facts.get("engine")),
        ("cells side by side", facts.get("jobs")),
        ("threads a cell", facts.get("threads")),
        ("python", facts.get("python")),
        *((name, version) for name, version in packages.items()),
        ("commit", commit and f"{commit}{' with changes' * bool(facts.get('dirty'))}"),
    ):
        if value is not None:
            yield name, str(value)


_ON_A_LINE = {
    "processor": "{}",
    "cores": "{} cores",
    "system": "{}",
    "device": "device {}",
    "engine": "engine {}",
    "cells side by side": "cells side by side: {}",
    "threads a cell": "threads a cell: {}",
    "python": "python {}",
    "torch": "torch {}",
    "fmbench": "fmbench {}",
    "commit": "commit {}",
}
"""Which facts of an environment stand below a table, and how."""


def _environment(facts: Mapping[str, Any]) -> Iterator[str]:
    """Say where cells ran; what its record does not know is left out."""
    known = dict(environment_facts(facts))
    yield from (text.format(known[name]) for name, text in _ON_A_LINE.items() if name in known)


def _options(table: Table, is_wanted: Callable[[str], bool]) -> list[str]:
    return [
        f"{key.replace('_', ' ')} {option(value, _ITEMS)}"
        for key, value in table.dataset_args.items()
        if value not in (None, "", [], {}) and is_wanted(key)
    ]


def option(value: Any, most: int | None = None) -> str:
    """Return an option's value as one reads it, with no more than so many of its items."""
    match value:
        case Mapping():
            items = [f"{key}: {option(each)}" for key, each in value.items()]
            return f"({', '.join(_first(items, most))})"
        case list() | tuple():
            return "/".join(_first([option(each) for each in value], most))
        case str() if not any(map(str.isalnum, value)):
            return repr(value)  # a separator is seen by its quotes alone
    return str(value)


def _first(items: Sequence[str], most: int | None) -> list[str]:
    if most is None or len(items) <= most:
        return [*items]
    return [*items[:most], f"… ({len(items)} in all)"]
