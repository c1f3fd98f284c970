"""The procedure: rounds of sweeps, each as long as all before it, until chains agree."""

import copy
import math
from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.special import ndtri
from scipy.stats.qmc import LatinHypercube
from torch import nn

from fmbench.engine.gibbs.chain import Chain, Training
from fmbench.engine.gibbs.convergence import split_rhat
from fmbench.engine.gibbs.layout import Rows, lay_out
from fmbench.errors import UsageError
from fmbench.fields import FIRST_VALUE
from fmbench.layers import DrawnEmbedding, DrawnLinear
from fmbench.record import Epoch
from fmbench.training.batches import Source
from fmbench.training.device import now
from fmbench.training.fit import Fit, epoch_of, seed_for
from fmbench.training.state import held_by, put_back

CHAINS = 2
FIRST, LAST = 64, 256
"""Sweeps of a chain after the first round, and after the last that there may be."""

AGREED = 1.1
"""Split R-hat that chains must come down to, as Gelman et al. (2013) advise..."""
SHARE = 0.9
"""... for this share of the validation rows."""

WATCHED = 1000
"""Validation rows whose scores are looked at."""
READ = 1 << 16
"""Validation rows that those are taken from, evenly."""


class Parts(NamedTuple):
    """What a model that this procedure fits is made of."""

    linear: DrawnLinear
    embedding: DrawnEmbedding


def fit(model: nn.Module, train: Source, valid: Source, seed: int) -> Fit:
    """Draw the weights of a Bayesian FM; the model holds the draws of the best round.

    A round doubles the sweeps so far and its draws stand for the posterior, so that the first half
    of each chain is always left out. No label of a validation row decides when to stop: the chains
    do, whose scores of these rows have to agree.

    Raises:
        UsageError: The model is not made of a `DrawnLinear` and a `DrawnEmbedding`.
        Diverged: A loss is not finite.
    """
    parts, device = _parts(model), train.device
    begin = now(device)
    training, watched = _training(parts, train), _watched(parts, valid)
    key, shape = seed_for(seed, "gibbs"), (parts.embedding.draws, len(training.fields))
    unseen = _deviations(*shape, 1 + parts.embedding.embed_dim, key)
    chains = [Chain(training, key, place) for place in range(CHAINS)]
    curve = list[Epoch]()
    held: dict[str, Any] = {}
    best, took = 0, 0.0
    total, rhat = FIRST // 2, math.inf
    for chain in chains:
        for _ in range(total):
            chain.sweep()
    while rhat > AGREED and total < LAST:
        start, passes = now(device) if curve else begin, total * (1 if curve else 2)
        scores = _round(chains, total, parts, watched, unseen)
        losses = torch.tensor([chain.loss() for chain in chains], dtype=torch.float64)
        total *= 2
        rhat = float(np.quantile(split_rhat(scores), SHARE))
        end = now(device)
        curve.append(epoch_of(losses, model, valid, end - start, passes * CHAINS))
        if curve[-1].valid_logloss <= curve[best].valid_logloss:
            best, took = len(curve) - 1, end - begin
            held = copy.deepcopy(held_by(model)) if rhat > AGREED and total < LAST else {}
    if held:
        put_back(model, held)
    how = f"{CHAINS} chains of {total} sweeps, split R-hat {rhat:.2f}"
    return Fit(curve, best, took, "gibbs", None, f"Gibbs sampling: {how}")


def _parts(model: nn.Module) -> Parts:
    """Return the linear and the pairwise part of a model."""
    children = list(model.modules())
    linear = [each for each in children if isinstance(each, DrawnLinear)]
    embedding = [each for each in children if isinstance(each, DrawnEmbedding)]
    if len(linear) != 1 or len(embedding) != 1:
        raise UsageError(
            f"the model has {len(linear)} DrawnLinear and {len(embedding)} DrawnEmbedding; "
            "expected one of each, as Gibbs sampling draws an FM"
        )
    return Parts(linear[0], embedding[0])


def _training(parts: Parts, train: Source) -> Training:
    """Read all training rows into memory."""
    ids, labels = [], []
    for part in train.parts():
        ids.append(part.ids.cpu().numpy().astype(np.int32))
        labels.append(part.labels.cpu().numpy().astype(np.uint8))
    fields, factors = parts.embedding.fields, parts.embedding.embed_dim
    return Training(fields, np.concatenate(ids), np.concatenate(labels), factors)


def _watched(parts: Parts, valid: Source) -> Rows:
    """Return the validation rows whose scores have to agree."""
    ids = valid.head(READ).cpu().numpy().astype(np.int32)
    some = np.linspace(0, len(ids) - 1, min(WATCHED, len(ids))).astype(np.int64)
    return lay_out(parts.embedding.fields, ids[some])


def _round(
    chains: list[Chain], sweeps: int, parts: Parts, watched: Rows, unseen: NDArray[np.float32]
) -> NDArray[np.float32]:
    """Take sweeps of all chains; keep draws and return scores, `(chains, sweeps, rows)`."""
    scores = np.empty((len(chains), sweeps, len(watched)), np.float32)
    sums = np.empty((len(watched), parts.embedding.embed_dim), np.float32)
    each = np.array_split(np.arange(parts.embedding.draws), len(chains))
    for chain, places, of_chain in zip(chains, each, scores, strict=True):
        kept = dict(zip(np.linspace(0, sweeps - 1, len(places)).astype(int), places, strict=True))
        for sweep in range(sweeps):
            chain.sweep()
            chain.score(watched, of_chain[sweep], sums)
            if sweep in kept:
                chain.guess_unseen(unseen[kept[sweep]])
                parts.linear.put(kept[sweep], float(chain.bias), torch.from_numpy(chain.linear))
                parts.embedding.put(kept[sweep], torch.from_numpy(chain.vectors))
    return scores


def _deviations(draws: int, fields: int, numbers: int, seed: int) -> NDArray[np.float32]:
    """Return standard normal numbers, `(draws, fields, numbers)`, spread evenly over the draws.

    All values of a field that training never saw share a vector in each draw, so that what they
    have at random is averaged over these few draws alone: a Latin hypercube (McKay et al., 1979)
    leaves less of it than independent numbers.
    """
    points = LatinHypercube(fields * numbers, rng=seed).random(draws)
    found: NDArray[np.float32] = ndtri(points).astype(np.float32)
    return found.reshape(draws, fields, numbers)


def compile_kernels(model: nn.Module) -> None:
    """Compile what this model will need, so that processes to come find it on disk."""
    parts = _parts(model)
    for fields in (parts.embedding.fields, parts.embedding.fields[:1]):
        ids = np.full((2, sum(field.width for field in fields)), FIRST_VALUE, np.int32)
        labels, factors = np.array([0, 1], np.uint8), parts.embedding.embed_dim
        chain = Chain(Training(fields, ids, labels, factors), 0, 0)
        chain.sweep()
        chain.loss()
