"""Training a spec's model, and a checkpoint that knows all that decides its bits."""

import inspect
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import nn

from fmbench import environment
from fmbench.data import Dataset
from fmbench.harness.setting import Setting
from fmbench.harness.trainers import fastest
from fmbench.models import MODELS, create_model
from fmbench.spec import RunSpec
from fmbench.training.batches import rows_of
from fmbench.training.checkpoint import Checkpoint
from fmbench.training.device import full_name, place, prepare
from fmbench.training.fit import Fit, fit, seed_for


@dataclass(frozen=True, slots=True)
class Trained:
    """A model that has learnt, and how."""

    model: nn.Module
    device: torch.device
    """The device that the model is on."""
    rows: int
    """Number of rows that it was trained on."""
    fit: Fit


def train(spec: RunSpec, dataset: Dataset, setting: Setting) -> Trained:
    """Train the model of a resolved spec on the training rows; validation rows say when to stop.

    Raises:
        UsageError: A batch is larger than the training rows, or too small for the model.
        Diverged: The training or validation loss is not finite.
    """
    device = prepare(setting.device, setting.threads)
    torch.manual_seed(seed_for(spec.seed, "weights"))
    model = place(create_model(spec.model, dataset.fields, **spec.model_args), device)
    rows, valid = rows_of(dataset.train, device), rows_of(dataset.valid, device)
    keep = _checkpoint(spec, setting, dataset.fingerprint)
    fitted = fit(model, rows, valid, spec.train, spec.seed, keep, fastest)
    return Trained(model, device, len(rows), fitted)


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
