"""Training a spec's model, and a checkpoint that knows all that decides its bits."""

import inspect
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import torch
from msgspec import structs
from torch import nn

from fmbench import environment
from fmbench.data import Dataset
from fmbench.harness.procedures import procedure_of
from fmbench.harness.setting import Setting
from fmbench.models import MODELS, Staged, create_model
from fmbench.spec import RunSpec
from fmbench.training.batches import Source, rows_of
from fmbench.training.checkpoint import Checkpoint
from fmbench.training.device import full_name, now, place, prepare
from fmbench.training.fit import Fit, seed_for


@dataclass(frozen=True, slots=True)
class Trained:
    """A model that has learnt, and how."""

    model: nn.Module
    device: torch.device
    """The device that the model is on."""
    rows: int
    """Number of rows that it was trained on."""
    fit: Fit
    """Its times hold those of another model, where this one started from it."""


def train(spec: RunSpec, dataset: Dataset, setting: Setting) -> Trained:
    """Train the model of a resolved spec on the training rows; validation rows say when to stop.

    Raises:
        UsageError: A batch is larger than the training rows, or too small for the model; or the
            model is not one that its procedure can fit.
        Diverged: The training or validation loss is not finite.
    """
    device = prepare(setting.device, setting.threads)
    model = _drawn(spec, dataset, spec.model, spec.model_args, device)
    rows, valid = rows_of(dataset.train, device), rows_of(dataset.valid, device)
    keep = _checkpoint(spec, setting, dataset.fingerprint)
    stage_s = _first_stage(model, spec, dataset, rows, valid)
    fitted = procedure_of(spec.model)(model, rows, valid, spec, keep)
    return Trained(model, device, len(rows), _later(fitted, stage_s) if stage_s else fitted)


def _drawn(
    spec: RunSpec, dataset: Dataset, name: str, args: dict[str, Any], device: torch.device
) -> nn.Module:
    """Build a model whose weights are drawn as the seed of a spec says."""
    torch.manual_seed(seed_for(spec.seed, "weights"))
    return place(create_model(name, dataset.fields, **args), device)


def _first_stage(
    model: nn.Module, spec: RunSpec, dataset: Dataset, rows: Source, valid: Source
) -> float:
    """Train what a model starts from, if there is such a thing; return the seconds that this took.

    It is trained as in a cell of its own with this seed and these settings of training.
    """
    first = model.first_stage() if isinstance(model, Staged) else None
    if not isinstance(model, Staged) or first is None:
        return 0.0
    begin = now(rows.device)
    name, args = first
    other = _drawn(spec, dataset, name, args, rows.device)
    own = structs.replace(spec, model=name, model_args=args)
    procedure_of(name)(other, rows, valid, own, None)
    model.start_from(other)
    return now(rows.device) - begin


def _later(fitted: Fit, seconds: float) -> Fit:
    """Return how a training went that began so many seconds before its first step.

    A pass is not to be had without its share of them.
    """
    share = seconds / len(fitted.curve)
    curve = [structs.replace(epoch, seconds=epoch.seconds + share) for epoch in fitted.curve]
    return replace(fitted, curve=curve, time_to_best_s=seconds + fitted.time_to_best_s)


def _checkpoint(spec: RunSpec, setting: Setting, fingerprint: str) -> Checkpoint | None:
    """Return where a cell keeps how far it has come, known by all that decides its bits."""
    if setting.unfinished is None:
        return None
    own = inspect.getsourcefile(MODELS[spec.model].build)
    identity = {
        **environment.describe(),
        "data": fingerprint,
        "device": full_name(setting.device),
        "threads": setting.threads,
        "code": environment.code(*([Path(own)] if own else [])),
    }
    return Checkpoint(setting.unfinished, spec, identity)
