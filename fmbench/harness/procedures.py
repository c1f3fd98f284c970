"""Procedures: what fits a model, by the name that its registration says."""

from collections.abc import Callable, Mapping
from dataclasses import replace

from torch import nn

from fmbench.engine import gibbs
from fmbench.errors import UsageError
from fmbench.harness.building import small
from fmbench.harness.trainers import fastest
from fmbench.models import MODELS
from fmbench.record import OPTIMUM
from fmbench.spec import RunSpec
from fmbench.training.batches import Source
from fmbench.training.checkpoint import Checkpoint
from fmbench.training.fit import Fit, fit
from fmbench.training.schedule import ToTheEnd

Procedure = Callable[[nn.Module, Source, Source, RunSpec, Checkpoint | None], Fit]
"""Fits a model to training rows, looking at validation rows; a checkpoint is where it may keep how
far it has come."""


def by_gradient(
    model: nn.Module, train: Source, valid: Source, spec: RunSpec, keep: Checkpoint | None
) -> Fit:
    """Take steps down the loss until the validation loss no longer improves."""
    return fit(model, train, valid, spec.train, spec.seed, keep, fastest)


def to_the_optimum(
    model: nn.Module, train: Source, valid: Source, spec: RunSpec, keep: Checkpoint | None
) -> Fit:
    """Take all passes down a loss that has one minimum, each with smaller steps."""
    found = fit(model, train, valid, spec.train, spec.seed, keep, fastest, ToTheEnd())
    return replace(found, procedure=f"{OPTIMUM}, in {len(found.curve)} passes")


def by_gibbs(
    model: nn.Module, train: Source, valid: Source, spec: RunSpec, keep: Checkpoint | None
) -> Fit:
    """Draw weights from their posterior; what is stopped begins anew, as it takes seconds."""
    return gibbs.fit(model, train, valid, spec.seed)


PROCEDURES: Mapping[str, Procedure] = {
    "gradient descent": by_gradient,
    OPTIMUM: to_the_optimum,
    "Gibbs sampling": by_gibbs,
}


def procedure_of(model: str) -> Procedure:
    """Return what fits a registered model."""
    return PROCEDURES[str(MODELS[model].about.get("procedure", "gradient descent"))]


def warm_up(spec: RunSpec) -> None:
    """Compile what fits the model of a spec, where that is not left to its first cell."""
    if spec.model in MODELS and procedure_of(spec.model) is by_gibbs:
        try:
            gibbs.compile_kernels(small(spec.model, spec.model_args))
        except UsageError:  # the cell's own record will say so
            return
