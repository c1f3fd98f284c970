"""Search spaces: what tuning may try, declared as data beside the model that is tuned."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from fmbench.errors import UsageError

DIGITS = 3
"""Significant digits of a drawn number: more would say nothing, and a setting is to be read."""


@dataclass(frozen=True)
class Choice:
    """One of some values, all equally likely."""

    values: tuple[Any, ...]

    def __init__(self, *values: Any) -> None:
        if not values or None in values:  # TOML, which keeps tuned settings, has no null
            raise UsageError(f"Choice{values}; expected at least one value, and none of them None")
        object.__setattr__(self, "values", values)

    def at(self, share: float) -> Any:
        """Return the value that `share`, in [0, 1), falls on."""
        return self.values[int(share * len(self.values))]


@dataclass(frozen=True)
class Uniform:
    """A number from `low` to `high`."""

    low: float
    high: float

    def __post_init__(self) -> None:
        if not -math.inf < self.low < self.high < math.inf:
            raise UsageError(f"Uniform({self.low}, {self.high}); expected low < high, both finite")

    def at(self, share: float) -> float:
        """Return the number that `share`, in [0, 1), falls on."""
        return _rounded(self.low + share * (self.high - self.low))


@dataclass(frozen=True)
class LogUniform:
    """A number from `low` to `high` whose logarithm is uniform."""

    low: float
    high: float

    def __post_init__(self) -> None:
        if not 0 < self.low < self.high < math.inf:
            raise UsageError(f"LogUniform({self.low}, {self.high}); expected 0 < low < high")

    def at(self, share: float) -> float:
        """Return the number that `share`, in [0, 1), falls on."""
        return _rounded(self.low * (self.high / self.low) ** share)


Range = Choice | Uniform | LogUniform
Space = Mapping[str, Range]
"""Ranges by key: an argument of the model, or `train.KEY`."""

TRAINING: dict[str, Range] = {
    "train.lr": LogUniform(3e-3, 5e-2),
    "train.l2_linear": LogUniform(0.2, 5),
    "train.l2_embedding": LogUniform(0.3, 8),  # in the unit that the fields of the data give it
    "train.l2_rare": LogUniform(5, 200),
    "train.batch_size": Choice(256, 1024),
}
"""The training keys that may be searched, each over one range for all models of a table; what a
model that declares no space is searched over."""


def _rounded(number: float) -> float:
    return float(f"{number:.{DIGITS}g}")
