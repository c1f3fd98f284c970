"""The gate's own test: its error rates, counted on real noise, kept, and shown."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec

from fmbench import document
from fmbench.errors import UnknownName, UsageError
from fmbench.gate import noise, rates, seed_noise, seed_selftest, speed_selftest
from fmbench.gate.rates import Rate, Rates
from fmbench.gate.speed_selftest import Measured
from fmbench.pages import Cell, json_object, table
from fmbench.record import Record

SEED = 0
"""Seed of the draws: the same noise gives the same counts."""

HEADERS = ("noise", "what", "of", "hits", "trials", "low", "high", "promise", "standing")

FORMATS = ("table", "md", "csv", "json", "latex", "html")

Facts = Mapping[str, Any]
"""Facts of the machine and its software, as a record has them."""


def learn_seeds(
    base: Sequence[Record], twin: Sequence[Record], folder: Path = noise.FOLDER
) -> None:
    """Keep what two stores of the same cells and seeds say of their noise.

    Raises:
        UsageError: They share no cell of ten seeds that scatter.
    """
    document.write(folder / seed_noise.NAME, seed_noise.learn(base, twin))


def quality(folder: Path = noise.FOLDER, *, is_quick: bool, at: str, facts: Facts) -> Rates:
    """Count on the noise of seeds that is kept; keep the counts, unless they are few.

    Raises:
        UsageError: No noise is kept.
    """
    known = seed_noise.read(folder)
    if known is None:
        raise UsageError(
            f"{str(folder / seed_noise.NAME)!r} is not there; expected the noise of seeds, or two "
            "stores of the same cells and seeds to learn it from",
            "fmbench selftest gate BASE TWIN",
        )
    size = seed_selftest.QUICK if is_quick else seed_selftest.FULL
    found = _rates(seed_selftest.count(known, size, SEED), f"the seeds of {known.of}", at, facts)
    if not is_quick:
        document.write(rates.path_of(rates.SEEDS, folder), found)
    return found


def speed(
    measured: Measured,
    folder: Path = noise.FOLDER,
    *,
    is_quick: bool,
    at: str,
    facts: Facts,
) -> Rates:
    """Count on pairs that were measured here; keep the counts, unless they are few.

    Raises:
        EnvironmentFault: Equal code scatters too much here for any verdict.
    """
    size = speed_selftest.QUICK if is_quick else speed_selftest.FULL
    machine = noise.machine(measured.record)
    found = _rates(
        speed_selftest.count(measured, size, SEED),
        f"{len(measured.slower)} pairs of processes on this kind of machine ({machine})",
        at,
        {**facts, "threads": measured.record.environment.get("threads")},
    )
    if not is_quick:
        document.write(rates.path_of(machine, folder), found)
    return found


def broken(measurements: Sequence[Rates]) -> list[Rate]:
    """Return what cries wolf more often than is promised: how much is found hangs on the noise."""
    return [
        rate
        for each in measurements
        for rate in each.rates
        if rate.at_most is not None and rate.standing == "broken"
    ]


def show_rates(measurements: Sequence[Rates], format: str) -> str:
    """Return measurements in one format.

    Raises:
        UnknownName: There is no such format.
    """
    if format not in FORMATS:
        raise UnknownName("format", format, FORMATS)
    if format == "json":
        return json_object({"schema": rates.SCHEMA, "measured": msgspec.to_builtins(measurements)})
    rows = [row for each in measurements for row in _rows(each)]
    return table(HEADERS, rows, format)


def _rates(found: list[Rate], of: str, at: str, facts: Facts) -> Rates:
    return Rates(
        at=at,
        fmbench=str(facts["packages"]["fmbench"]),
        environment=dict(facts),
        seed=SEED,
        of=of,
        rates=found,
    )


def _rows(measured: Rates) -> Iterator[Sequence[Cell]]:
    for rate in measured.rates:
        promise = ""
        if rate.at_most is not None:
            promise = f"at most {100 * rate.at_most:g} %"
        elif rate.at_least is not None:
            promise = f"at least {100 * rate.at_least:g} %"
        yield (
            measured.of, rate.what, rate.of, rate.hits, rate.trials, f"{rate.low:.4f}",
            f"{rate.high:.4f}", promise, rate.standing,
        )  # fmt: skip
