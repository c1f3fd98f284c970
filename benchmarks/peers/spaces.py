"""What quality.py searches: for each library and model, which values a setting may have.

fmbench's models declare theirs. Those of the others take two decades and more of each penalty,
around where it does good on these rows. What they share is drawn from one stream, so that none is
luckier than another: trial 3 of fm has one step size and one batch size in all of them.
"""

import hashlib
from typing import Any

import numpy as np

from fmbench.models import MODELS as OURS
from fmbench.space import Choice, LogUniform, Range, Uniform
from fmbench.tuning import TRAIN, fitting


class Percent(Uniform):
    """A share, to the percent."""

    def at(self, share: float) -> float:
        """Return the number that `share`, in [0, 1), falls on."""
        return round(self.low + share * (self.high - self.low), 2)


Space = dict[str, Range]

STEP: Space = {"lr": LogUniform(1e-3, 3e-2), "batch_size": Choice(256, 1024)}
VECTORS: Space = {"embed_dim": Choice(4, 8)}
DEEP: Space = {"mlp_dims": Choice([16, 16], [64, 64], [128, 64]), "dropout": Percent(0.0, 0.5)}
NORM: Space = {"batch_norm": Choice(False, True)}
MODELS = ("lr", "fm", "deepfm", "dnn", "wide_deep")
"""The cheap ones first."""

ROWS, FIELDS = 107_465, 2
"""Of the training rows that all are tuned on: users and movies of KMRD-small."""

PENALTIES: dict[str, Space] = {
    "torchfm": {"weight_decay": LogUniform(1e-6, 2e-4)},
    "deepctr": {"l2_reg_linear": LogUniform(1e-4, 4e-2), "l2_reg_embedding": LogUniform(2e-3, 0.4)},
    "fuxictr": {"embedding_regularizer": LogUniform(1e-6, 2e-4)},
}
LIBRARIES = ("fmbench", *PENALTIES)
LINEAR_ALONE = LogUniform(5e-7, 1e-4)
"""Of a penalty that linear weights and factors share, where there are no factors."""


def space(library: str, model: str) -> Space:
    """Return what is searched for a model of a library."""
    if library == "fmbench":
        ours = fitting(OURS[model].space, ROWS, FIELDS)
        return {key.removeprefix(TRAIN): of for key, of in ours.items()}
    found = {**STEP, **PENALTIES[library]}
    if model != "lr":
        found |= VECTORS
    if model not in ("lr", "fm"):
        found |= DEEP
        if library in ("deepctr", "fuxictr"):  # the others always normalise
            found |= NORM
    if model == "lr":
        shared = {"weight_decay", "embedding_regularizer"} & found.keys()
        found |= dict.fromkeys(shared, LINEAR_ALONE)
    return {key: values for key, values in found.items() if _is_used(key, model)}


def _is_used(key: str, model: str) -> bool:
    has_linear, has_vectors = model != "dnn", model != "lr"
    if key.endswith("linear"):
        return has_linear
    return has_vectors or not key.startswith("l2")


def draw(library: str, model: str, trial: int) -> dict[str, Any]:
    """Return a trial's setting; it depends on the arguments alone."""
    return {key: of.at(_share(model, trial, key)) for key, of in space(library, model).items()}


def _share(model: str, trial: int, key: str) -> float:
    digest = hashlib.sha256(f"{model}/{trial}/{key}".encode()).digest()
    return float(np.random.default_rng(list(digest)).random())
