"""Error rates of the gate itself: what `fmbench selftest gate` counted, kept beside the ledger.

`results/noise/seeds.rates.json` is of verdicts on quality and holds wherever the same noise of
seeds does; `results/noise/MACHINE.rates.json` is of verdicts on speed, on one kind of machine.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Literal

import msgspec

from fmbench import document

SCHEMA = 1

CONFIDENCE = 0.95

SEEDS = "seeds"
"""The name of what was counted on the noise of seeds."""

REMEDY = "`fmbench selftest gate` measures it"

Standing = Literal["kept", "open", "broken"]


class Rate(msgspec.Struct, frozen=True, kw_only=True):
    """How often something came out, of how many trials, and what that leaves possible."""

    what: str
    of: str = ""
    """Which cell it was, where that matters."""
    hits: int
    trials: int
    low: float
    """Lower bound of the true share, with 95 % confidence; Clopper and Pearson (1934)."""
    high: float
    """Upper bound, with the same confidence."""
    at_most: float | None = None
    """Upper bound of the true share that is promised."""
    at_least: float | None = None

    @property
    def standing(self) -> Standing:
        """Say whether the promise is shown to be kept, shown to be broken, or neither."""
        if self.at_most is not None:
            if self.low > self.at_most:
                return "broken"
            return "kept" if self.high <= self.at_most else "open"
        if self.at_least is not None:
            if self.high < self.at_least:
                return "broken"
            return "kept" if self.low >= self.at_least else "open"
        return "kept"

    def in_words(self) -> str:
        """Say it in few words, with what is left possible of a promise that holds."""
        if self.of:
            return f"{self.of} {100 * self.hits / self.trials:.0f} %"
        count = f"{self.hits:,} of {self.trials:,}"
        return count if self.at_most is None else f"{count} (at most {100 * self.high:.2g} %)"


class Rates(msgspec.Struct, frozen=True, kw_only=True):
    """One measurement of the gate."""

    schema: int = SCHEMA
    at: str
    """UTC, ISO 8601."""
    fmbench: str
    """The version whose gate it was."""
    environment: dict[str, Any]
    """Facts of the machine that it was measured on."""
    seed: int
    """Seed of the draws."""
    of: str
    """What was judged, and where its noise comes from."""
    rates: list[Rate]

    def in_words(self) -> str:
        """Say all of it in a line for the foot of a report."""
        by_what: dict[str, list[str]] = {}
        for rate in self.rates:
            by_what.setdefault(rate.what, []).append(rate.in_words())
        found = "; ".join(f"{what} {', '.join(counts)}" for what, counts in by_what.items())
        return f"measured {self.at[:10]} by fmbench {self.fmbench} on {self.of}: {found}"


def rate(
    what: str,
    hits: int,
    trials: int,
    *,
    of: str = "",
    at_most: float | None = None,
    at_least: float | None = None,
) -> Rate:
    """Return a count with its exact bounds."""
    from scipy.special import betaincinv

    low = betaincinv(hits, trials - hits + 1, 1 - CONFIDENCE) if hits else 0.0
    high = betaincinv(hits + 1, trials - hits, CONFIDENCE) if hits < trials else 1.0
    return Rate(
        what=what, of=of, hits=hits, trials=trials, low=float(low), high=float(high),
        at_most=at_most, at_least=at_least,
    )  # fmt: skip


def path_of(name: str, folder: Path) -> Path:
    """Return where the rates of a machine, or those on seeds, are."""
    return folder / f"{name}.rates.json"


def read(path: Path) -> Rates | None:
    """Return what was measured; None where nothing was.

    Raises:
        StoreError: It is damaged or newer than this program.
    """
    return document.read(path, Rates, SCHEMA)


def footer(names: Mapping[str, str], folder: Path) -> Iterator[str]:
    """Say of each kind of verdict how often it errs, or that nobody has counted that here.

    `names` has what the rates of each kind are called.
    """
    for kind, name in names.items():
        found = read(path_of(name, folder))
        yield (
            f"Error rates of verdicts on {kind}: not measured here; {REMEDY}"
            if found is None
            else f"Error rates of verdicts on {kind}, {found.in_words()}"
        )


def kept_in(folder: Path) -> Iterator[str]:
    """Say all that a folder keeps: first of quality, then of speed, machine by machine."""
    found = [(path, read(path)) for path in folder.glob(path_of("*", folder).name)]
    by_kind = sorted((path != path_of(SEEDS, folder), path.name, each) for path, each in found)
    for is_speed, _, each in by_kind:
        if each is not None:
            yield f"Verdicts on {'speed' if is_speed else 'quality'}, {each.in_words()}."
