"""Gates: which metrics are held, how large a loss matters, and what counts as none."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from fmbench.errors import UnknownName, UsageError


@dataclass(frozen=True, slots=True, kw_only=True)
class Gate:
    """The standard that one metric is held to."""

    metric: str
    higher_is_better: bool
    drop: float
    """The smallest loss that matters: below it nothing is called a regression, or a gain."""
    margin: float
    """A change that surely is within this, either way, is as good as none."""
    is_relative: bool = False
    """Whether both are shares of the metric's own size (0.01: one percent)."""
    floor: float = 0.0
    """In the metric's unit: what never matters, however small the metric is."""

    def sizes(self, base: float, new: float) -> tuple[float, float]:
        """Return `drop` and `margin` in the metric's unit, the same when base and new swap."""
        scale = (abs(base) + abs(new)) / 2 if self.is_relative else 1.0
        return max(self.drop * scale, self.floor), max(self.margin * scale, self.floor)

    def in_words(self) -> str:
        """Say the smallest loss that matters and the margin."""
        unit = 100 if self.is_relative else 1
        sign = " %" if self.is_relative else ""
        return f"{self.metric} {unit * self.drop:g}{sign} (margin {unit * self.margin:g}{sign})"


GATES: Mapping[str, Gate] = {
    gate.metric: gate
    for gate in (
        Gate(metric="auc", higher_is_better=True, drop=0.001, margin=0.002),
        Gate(
            metric="logloss", higher_is_better=False, drop=0.003, margin=0.006, is_relative=True
        ),
        # Resident memory comes in pages and pools, which a few dozen kB more may round up.
        Gate(
            metric="peak_rss_mib", higher_is_better=False, drop=0.02, margin=0.04,
            is_relative=True, floor=1.0,
        ),
    )
}  # fmt: skip

PARAMETERS = "parameters"
"""Judged without statistics: the same case has the same number of them, or its model changed."""


def adjusted(drops: Mapping[str, float], margins: Mapping[str, float]) -> dict[str, Gate]:
    """Return the gates with other sizes, as shares where the gate's are shares.

    Raises:
        UsageError: A metric has no gate, a size is out of range, or a drop is beyond its margin.
    """
    for key, sizes in (("drop", drops), ("margin", margins)):
        for metric, size in sizes.items():
            if metric not in GATES:
                raise UnknownName("metric", metric, GATES)
            if not 0 < size < 1:
                raise UsageError(
                    f"the {key} of {metric} is {size:g}; expected more than 0, below 1"
                )
    gates = {
        metric: replace(
            gate,
            drop=drops.get(metric, gate.drop),
            margin=margins.get(metric, gate.margin),
        )
        for metric, gate in GATES.items()
    }
    for gate in gates.values():
        if gate.drop > gate.margin:
            raise UsageError(
                f"the drop of {gate.metric}, {gate.drop:g}, is larger than its margin, "
                f"{gate.margin:g}; expected a loss that matters to be no more than what is allowed"
            )
    return gates
