"""Trials: a model's settings drawn at random, each as a spec that reads no test row."""

import hashlib
from collections.abc import Container
from typing import Any

import msgspec

from fmbench.space import Choice, LogUniform, Range, Space
from fmbench.spec import RunSpec, plain, unit_precision

TRAIN = "train."

BATCH, PRIOR = f"{TRAIN}batch_size", f"{TRAIN}l2_embedding"

USUAL_DIM = 16
"""Elements of the vectors whose prior is the unit in which priors are searched."""

_BYTES = 6
"""Bytes of a hash that are used: as many as a float holds exactly."""


def draw_trials(spec: RunSpec, space: Space, fixed: Container[str], count: int) -> list[RunSpec]:
    """Return up to `count` trials of a resolved spec, of which the first is the spec as it is.

    Draw i depends on the model's name and i alone: more trials go on where fewer ended. What is
    `fixed` is not drawn. A draw that repeats an earlier one is left out.
    """
    free = {key: values for key, values in space.items() if key not in fixed}
    first = msgspec.structs.replace(spec, seed=0, tests=False)
    draws = (
        _with(first, {key: _draw(spec.model, number, key, free[key]) for key in free})
        for number in range(1, count)
    )
    trials = {trial.case: trial for trial in (first, *draws)}
    return [
        msgspec.structs.replace(trial, name=f"{spec.model} trial {number}")
        for number, trial in enumerate(trials.values())
    ]


def fitting(space: Space, rows: int, fields: int) -> Space:
    """Return a space as data of so many training rows and fields has it.

    Without the batches that are larger than the training rows, and with priors of embeddings in
    the unit that these many fields give them.
    """
    found = dict(space)
    if isinstance(batches := space.get(BATCH), Choice):
        del found[BATCH]
        if fit := [size for size in batches.values if size <= rows]:
            found[BATCH] = Choice(*fit)
    if isinstance(prior := space.get(PRIOR), LogUniform):
        unit = unit_precision(USUAL_DIM, fields)
        found[PRIOR] = LogUniform(prior.low * unit, prior.high * unit)
    return found


def _draw(model: str, number: int, key: str, values: Range) -> Any:
    digest = hashlib.sha256(f"{model}/{number}/{key}".encode()).digest()
    return plain(values.at(int.from_bytes(digest[:_BYTES], "big") / (1 << 8 * _BYTES)))


def _with(spec: RunSpec, drawn: dict[str, Any]) -> RunSpec:
    train = {key.removeprefix(TRAIN): drawn[key] for key in drawn if key.startswith(TRAIN)}
    args = {key: drawn[key] for key in drawn if not key.startswith(TRAIN)}
    return msgspec.structs.replace(
        spec,
        train=msgspec.structs.replace(spec.train, **train),
        model_args={**spec.model_args, **args},
    )
