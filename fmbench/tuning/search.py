"""A search: what the trials of one model found, and which of them is chosen."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Any

from msgspec.structs import asdict

from fmbench.record import Record
from fmbench.spec import RunSpec
from fmbench.tuned import Tuned
from fmbench.tuning.budget import BUDGETS, expected_best
from fmbench.tuning.trials import TRAIN


@dataclass(frozen=True, slots=True)
class Search:
    """The trials of one model that count, in the order in which they were drawn."""

    model: str
    trials: Sequence[Record]

    @property
    def losses(self) -> list[float]:
        """The validation logloss of each trial; infinity where there was no result."""
        return [_loss(record) for record in self.trials]

    @property
    def best(self) -> Record | None:
        """The trial of the least validation logloss, of equals the first; None if all failed."""
        best = min(self.trials, key=_loss)
        return best if math.isfinite(_loss(best)) else None

    @property
    def settings(self) -> dict[str, Any]:
        """What the search chose of all that its trials differ in; empty if all of them failed."""
        if self.best is None:
            return {}
        tried = [_settings(record.spec) for record in self.trials]
        chosen = _settings(self.best.spec)
        return {key: chosen[key] for key in chosen if any(t[key] != chosen[key] for t in tried)}

    @property
    def failures(self) -> list[Record]:
        """The trials that came to no result."""
        return [record for record in self.trials if record.status != "ok"]

    @property
    def seconds(self) -> float:
        """Wall seconds that the trials' fitting took."""
        return math.fsum(map(seconds_of, self.trials))

    @property
    def expected(self) -> dict[int, float | None]:
        """The expected best validation logloss by number of trials; None where it is undefined."""
        count = len(self.trials)
        budgets = sorted({*(budget for budget in BUDGETS if budget < count), count})
        found = {budget: expected_best(self.losses, budget) for budget in budgets}
        return {budget: loss if math.isfinite(loss) else None for budget, loss in found.items()}

    @property
    def tuned(self) -> Tuned | None:
        """The settings that the search chose."""
        if self.best is None:
            return None
        spec = self.best.spec
        return Tuned(trials=len(self.trials), train=spec.train, args=spec.model_args)


def within(trials: Sequence[Record], seconds: float) -> list[Record]:
    """Return the trials that begin before those ahead of them have spent the seconds."""
    spent = accumulate(map(seconds_of, trials), initial=0.0)
    return [record for record, before in zip(trials, spent, strict=False) if before < seconds]


def seconds_of(record: Record) -> float:
    """Return the wall seconds that fitting took; 0 for a run that failed, as no epoch is known."""
    if record.baseline:  # its passes cannot be told apart
        return record.time_to_best_s or 0.0
    return math.fsum(epoch.seconds for epoch in record.curve)


def _settings(spec: RunSpec) -> dict[str, Any]:
    train = {f"{TRAIN}{key}": value for key, value in asdict(spec.train).items()}
    return train | spec.model_args


def _loss(record: Record) -> float:
    loss = record.metrics.get("valid", {}).get("logloss")
    return math.inf if record.status != "ok" or loss is None else loss
