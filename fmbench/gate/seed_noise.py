"""The noise of seeds: what real runs of the same settings scatter, and what pairing leaves of it.

It comes from two stores whose cells and seeds are the same and which differ in something that does
not matter, as the same code on another processor does. `results/noise/seeds.json` keeps of them
what the gate reads: each seed's metrics. `fmbench selftest gate` draws its checks from them, and
every check of the same cases knows their spread.
"""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import msgspec

from fmbench import document
from fmbench.errors import UsageError
from fmbench.gate.match import BySeed, match
from fmbench.gate.seeds import Known
from fmbench.gate.speed import Noise
from fmbench.record import Record
from fmbench.stats import trimmed

SCHEMA = 1

NAME = "seeds.json"

METRICS = ("auc", "logloss")

FEWEST = 10
"""Seeds of a cell without which its noise says little."""


class CellNoise(msgspec.Struct, frozen=True, kw_only=True):
    """One cell: the same seeds twice."""

    case: str
    seeds: list[int]
    base: dict[str, list[float]]
    """Values by metric, in the order of the seeds."""
    twin: dict[str, list[float]]


class SeedNoise(msgspec.Struct, frozen=True, kw_only=True):
    """The noise of some cells."""

    schema: int = SCHEMA
    of: str
    """What was trained."""
    cells: dict[str, CellNoise]

    def known(self) -> Known:
        """Return how single seeds scatter, for each case and metric."""
        return {
            (cell.case, metric): spread(values)
            for cell in self.cells.values()
            for metric, values in cell.base.items()
        }


def spread(values: Sequence[float]) -> Noise:
    """Return what the values of some seeds say of a single one."""
    found = trimmed(values)
    return Noise(found.variance, found.freedom)


def learn(base: Iterable[Record], twin: Iterable[Record]) -> SeedNoise:
    """Return what two stores of the same seeds say of their noise.

    Cells that are the same with every seed have none and are left out.

    Raises:
        UsageError: They share no cell with ten seeds.
    """
    found = {cell.name: _noise(cell.base, cell.new) for cell in match(base, twin)}
    cells = {name: noise for name, noise in found.items() if noise is not None}
    if not cells:
        raise UsageError(
            f"the two stores share no cell of {FEWEST} seeds that scatter; expected the same cells "
            "and seeds, run twice"
        )
    return SeedNoise(of=_of(cells), cells=cells)


def read(folder: Path) -> SeedNoise | None:
    """Return the noise that is kept, or None.

    Raises:
        StoreError: It is damaged or newer than this program.
    """
    return document.read(folder / NAME, SeedNoise, SCHEMA)


def known(folder: Path) -> Known:
    """Return what is kept of the spread of seeds, if anything.

    Raises:
        StoreError: It is damaged or newer than this program.
    """
    found = read(folder)
    return found.known() if found else {}


def _noise(base: BySeed, twin: BySeed) -> CellNoise | None:
    seeds = [
        seed
        for seed in sorted(base.keys() & twin.keys())
        if all(_metrics(side[seed]) is not None for side in (base, twin))
    ]
    arms = [{m: [_value(side[s], m) for s in seeds] for m in METRICS} for side in (base, twin)]
    if len(seeds) < FEWEST or any(trimmed(v).variance == 0 for v in arms[0].values()):
        return None
    case = base[seeds[0]].spec.case
    return CellNoise(case=case, seeds=seeds, base=arms[0], twin=arms[1])


def _metrics(record: Record) -> Mapping[str, float | None] | None:
    """Return the test metrics of a run that has all that is asked for."""
    found = record.metrics.get("test", {})
    is_whole = record.status == "ok" and all(found.get(metric) is not None for metric in METRICS)
    return found if is_whole else None


def _value(record: Record, metric: str) -> float:
    value = record.metrics["test"][metric]
    assert value is not None
    return value


def _of(cells: Mapping[str, CellNoise]) -> str:
    """Say what was trained: `dnn, fm on kmrd-small/ids/random (40 seeds)`."""
    by_data: dict[str, list[str]] = {}
    for name in cells:
        model, _, data = name.partition("/")
        by_data.setdefault(data, []).append(model)
    fewest = min(len(cell.seeds) for cell in cells.values())
    what = "; ".join(f"{', '.join(models)} on {data}" for data, models in by_data.items())
    return f"{what} ({fewest} seeds)"
