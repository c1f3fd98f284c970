"""The suite: the checks in their order, and what each takes for granted."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import torch

from fmbench.contract import building, keeping, learning, reading, scoring, specimen
from fmbench.contract.process import changed, put_back, settings


@dataclass(frozen=True, slots=True)
class Check:
    """One point of the contract and why it is broken, if it is."""

    name: str
    promise: str
    failure: str = ""
    """Why it is broken; empty: the model keeps it, or it was not judged."""
    unjudged: str = ""
    """The broken check without which this one means nothing; empty: it was judged."""

    @property
    def found(self) -> str:
        """What there is to say of it, in words."""
        if self.unjudged:
            return f"not judged, as {self.unjudged} is broken"
        return self.failure or "kept"


Judge = Callable[[str], str | None]
"""Function from a model's name to what is wrong, if anything; its docstring is the promise."""

CHECKS: tuple[Judge, ...] = (
    scoring.logits,
    *building.CHECKS,
    *scoring.CHECKS,
    *learning.CHECKS,
    *keeping.CHECKS,
    *reading.CHECKS,
)
"""All checks, each after those that it needs."""

NEEDS: dict[Judge, tuple[Judge, ...]] = {
    building.repeats: (building.process, building.filled),
    building.alive: (building.apart,),
    scoring.pure: (building.process, building.seeds),
    scoring.steady: (scoring.pure,),
    scoring.strided: (scoring.steady,),
    scoring.rows: (scoring.steady,),
    scoring.precision: (building.registered, scoring.rows),
    learning.gradients: (building.filled, scoring.rows),
    learning.slopes: (building.apart, scoring.precision, learning.gradients),
    learning.local: (building.apart, learning.gradients),
    learning.raw: (learning.gradients,),
    learning.learns: (learning.raw,),
    keeping.copies: (building.registered, scoring.rows),
    keeping.state: (building.process, building.registered, learning.gradients),
    reading.empty: (learning.gradients,),
    reading.fields: (scoring.rows, scoring.precision),
    reading.places: (building.apart, reading.bounds, reading.fields),
    reading.padding: (learning.gradients, reading.fields),
}
"""Checks that a check takes for granted beside `logits`, which all need: one cause, one failure."""


def check_import(load: Callable[[], None]) -> Check:
    """Load what registers models, and say whether the process is then as it was; put it back."""
    with put_back():
        before, stream = settings(), torch.get_rng_state()
        load()
        others = changed(before)
        if not torch.equal(torch.get_rng_state(), stream):
            others = ", ".join(filter(None, (others, "torch's random numbers")))
    promise = "Importing its file leaves settings and random numbers of the process as they are."
    return Check("imports", promise, f"importing it changes {others}" if others else "")


def check_model(name: str) -> Iterator[Check]:
    """Try a registered model on a handful of rows, one point of the contract after another.

    Every draw is seeded: the same model fails in the same way again, in the same row.
    """
    broken: dict[Judge, Judge] = {}
    for check in CHECKS:
        told = check.__name__, (check.__doc__ or "").strip()
        missing = [each for each in (scoring.logits, *NEEDS.get(check, ())) if each in broken]
        if missing:
            broken[check] = broken[missing[0]]
            yield Check(*told, unjudged=broken[check].__name__)
            continue
        with put_back():
            try:
                failure = check(name) or ""
            except Exception as error:  # whatever a stranger's code raises is to be reported
                failure = specimen.said(error)
        if failure:
            broken[check] = check
        yield Check(*told, failure)
