"""What scoring promises: one logit a row, of this row alone, and nothing else touched."""

import contextlib
import io
import warnings

import torch

from fmbench.contract import specimen
from fmbench.contract.process import settings
from fmbench.fields import FIRST_VALUE, PADDING, UNSEEN

CONTEXTS = 16
"""Rows that an id is looked at in: a unit that is off in one is on in another."""


def logits(name: str) -> str | None:
    """Logits are finite floats, one a row, for batches of any size."""
    model = specimen.model(name)
    for training, sizes in ((False, (specimen.ROWS, 0, 1, 2, 16)), (True, (specimen.ROWS, 2, 3))):
        for size in sizes:
            scores = model.train(training)(specimen.ids()[:size])
            if not scores.is_floating_point() or scores.shape != (size,):
                return f"{size} rows give {scores.dtype} of shape {tuple(scores.shape)}"
            if not scores.isfinite().all():
                bad = int((~scores.isfinite()).nonzero()[0])
                return f"some logits are not finite ({specimen.shown(bad, specimen.ids())})"
    return None


def strided(name: str) -> str | None:
    """Ids may stand in memory in any order."""
    model, ids = specimen.model(name).eval(), specimen.ids()
    turned = ids.T.contiguous().T
    gap = (model(turned) - model(ids)).abs().max().item()
    return None if gap <= 1e-4 else f"logits differ by {gap:.2g} when columns are contiguous"


def raw(name: str) -> str | None:
    """Logits are raw scores: with other weights, below 0 and above 1."""
    drawn = [specimen.model(name, seed, std=3.0).eval()(specimen.ids()) for seed in range(5)]
    scores = torch.cat(drawn)
    low, high = scores.min().item(), scores.max().item()
    return None if low < 0 and high > 1 else f"they stay between {low:.3g} and {high:.3g}"


def large(name: str) -> str | None:
    """Logits of large weights are finite."""
    scores = specimen.model(name, std=10.0).eval()(specimen.ids())
    bad = (~scores.isfinite()).nonzero()
    if not len(bad):
        return None
    row = specimen.shown(int(bad[0]), specimen.ids())
    return f"with weights of size 10, {len(bad)} of {len(scores)} are not ({row})"


def rows(name: str) -> str | None:
    """A row's logit does not depend on the rows beside it."""
    model, ids = specimen.model(name).eval(), specimen.ids()
    gaps = (model(ids) - torch.cat([model(row[None]) for row in ids])).abs()
    if gaps.max() <= 1e-4:
        return None
    row = specimen.shown(int(gaps.argmax()), ids)
    return f"logits differ by {gaps.max().item():.2g} when rows come alone ({row})"


def steady(name: str) -> str | None:
    """Scoring twice gives the same bits."""
    model, ids = specimen.model(name).eval(), specimen.ids()
    gap = (model(ids) != model(ids)).nonzero()
    return f"not in {specimen.shown(int(gap[0]), ids)}" if len(gap) else None


def pure(name: str) -> str | None:
    """Scoring changes neither ids nor weights, and draws no random number."""
    model, ids = specimen.model(name).eval(), specimen.ids()
    ids[::2, -1] = PADDING
    given = ids.clone()
    kept = {key: value.clone() for key, value in model.state_dict().items()}
    streams = (torch.get_rng_state(), settings())
    model(ids)
    if not torch.equal(ids, given):
        return "it changes the ids that it is given"
    after = model.state_dict()
    moved = [k for k, v in after.items() if k not in kept or not torch.equal(v, kept[k])]
    if moved:
        return f"it changes {', '.join(moved)}"
    drawn = not torch.equal(torch.get_rng_state(), streams[0]) or settings() != streams[1]
    return "it draws random numbers" if drawn else None


def quiet(name: str) -> str | None:
    """It prints nothing, as standard output is for results, and warns of nothing."""
    out = io.StringIO()
    with contextlib.redirect_stdout(out), warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("always")
        specimen.loss(specimen.model(name), specimen.ids()).backward()
    if out.getvalue():
        return f"it prints {out.getvalue()[:40]!r}"
    return f"it warns: {str(warned[0].message)[:80]}" if warned else None


def empty(name: str) -> str | None:
    """An unseen id and a field without any value are scored."""
    ids = specimen.ids(rows=2)
    ids[0] = UNSEEN
    ids[1, -specimen.FIELDS[-1].width :] = PADDING
    scores = specimen.model(name).eval()(ids)
    bad = (~scores.isfinite()).nonzero()
    return f"not finite: {specimen.shown(int(bad[0]), ids)}" if len(bad) else None


def bounds(name: str) -> str | None:
    """An id outside its field is an error."""
    model = specimen.model(name).eval()
    for column, field in enumerate(specimen.COLUMNS):
        for outside in (field.cardinality, -1):
            ids = specimen.ids()
            ids[0, column] = outside
            try:
                model(ids)
            except IndexError:
                continue
            return (
                f"id {outside} of {field.name!r} reads another row; "
                f"expected an IndexError below 0 and from {field.cardinality} on"
            )
    return None


def fields(name: str) -> str | None:
    """Every id of every field counts, and the same id is another in another field."""
    model = specimen.model(name, std=0.3).double().eval()
    contexts = specimen.ids(CONTEXTS)
    for column, field in enumerate(specimen.COLUMNS):
        values = torch.arange(FIRST_VALUE, field.cardinality)
        ids = contexts.repeat(len(values), 1)
        ids[:, column] = values.repeat_interleave(CONTEXTS)
        scores = model(ids).view(len(values), CONTEXTS)
        for value in range(1, len(values)):
            twins = (scores[:value] == scores[value]).all(1).nonzero()
            if len(twins):
                pair = f"{values[twins[0, 0]].item()} and {values[value].item()}"
                return f"ids {pair} of {field.name!r} (column {column}) give the same logits"
    swapped = contexts.clamp(max=specimen.FIELDS[1].cardinality - 1)
    swapped[:, 0] = FIRST_VALUE + torch.arange(CONTEXTS)
    swapped[:, 1] = FIRST_VALUE + 1 + torch.arange(CONTEXTS)
    if torch.equal(model(swapped), model(swapped[:, [1, 0, 2, 3, 4]])):
        return "user 2 of movie 3 scores as user 3 of movie 2"
    return None


def precision(name: str) -> str | None:
    """It computes in the precision of its weights."""
    model, ids = specimen.model(name).eval(), specimen.ids()
    single, scores = model(ids), model.double()(ids)
    if scores.dtype != torch.float64:
        return f"float64 weights give logits in {scores.dtype}"
    gap = (scores - single).abs().max().item()
    if gap > 1e-4 * max(1.0, scores.abs().max().item()):
        return f"logits of float32 and float64 weights differ by {gap:.2g}"
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.mul_(1 + 1e-10)
    return "float64 weights are rounded on the way" if torch.equal(model(ids), scores) else None


CHECKS = (
    strided,
    raw,
    large,
    rows,
    steady,
    pure,
    quiet,
    empty,
    bounds,
    fields,
    precision,
)
