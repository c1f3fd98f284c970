"""What scoring promises: one logit a row, of this row alone, and nothing else touched."""

import contextlib
import io
import tempfile
import warnings
from collections.abc import Iterator

import torch
from torch import Tensor, nn

from fmbench.contract import specimen
from fmbench.contract.process import changed, printing_to, settings
from fmbench.contract.specimen import MANY, scores_of
from fmbench.fields import PADDING
from fmbench.layers import Heads, score_of

AGAIN = 128
"""Times that a batch is scored: a model that counts may show it at its hundredth call."""
STRIDE = 5
"""Step between the rows of a large batch that are scored alone."""
FINE, COARSE = 1e-11, 1e-2
"""Relative changes of a weight: one that a logit shows in float64 and not in float32, and one that
it shows in bfloat16, too."""
COUNTS = 1e-3
"""Change of the loss, to first order, that a parameter stands for; one that stands for less is not
seen beside the others."""
CAUSES = "expected no float(), half() or autocast between weights and logits"


def logits(name: str) -> str | None:
    """Logits are finite floats, one a row, for batches of any size."""
    model = specimen.model(name)
    sizes = {"evaluation": (specimen.ROWS, 1, 2, 16, MANY), "training": (specimen.ROWS, 2, 3)}
    for mode in sizes:
        for size in sizes[mode]:
            try:
                output = model.train(mode == "training")(specimen.ids(size))
            except Exception as error:  # a stranger's code may raise anything
                return f"{size} rows in {mode}: {specimen.said(error)}"
            fault = _no_output(output, specimen.ids(size))
            if fault:
                return f"{size} rows in {mode} give {fault}"
    flows = score_of(output).requires_grad
    return None if flows else "no gradient flows back from them: they are cut off"


def strided(name: str) -> str | None:
    """Ids may stand in memory in any order."""
    model, ids = specimen.model(name).eval(), specimen.ids()
    turned = ids.T.contiguous().T
    gap = (scores_of(model, turned) - scores_of(model, ids)).abs().max().item()
    return None if gap <= 1e-4 else f"logits differ by {gap:.2g} when columns are contiguous"


def large(name: str) -> str | None:
    """Logits of large weights are finite."""
    scores = scores_of(specimen.model(name, std=10.0).eval(), specimen.ids())
    bad = (~scores.isfinite()).nonzero()
    if not len(bad):
        return None
    row = specimen.shown(int(bad[0]), specimen.ids())
    return f"with weights of size 10, {len(bad)} of {len(scores)} are not ({row})"


def rows(name: str) -> str | None:
    """A row's logit does not depend on the rows beside it."""
    model, ids = specimen.model(name).eval(), specimen.ids(MANY)
    gaps = (
        scores_of(model, ids)[::STRIDE]
        - torch.cat([scores_of(model, row[None]) for row in ids[::STRIDE]])
    ).abs()
    wide = (gaps > 1e-4).nonzero()
    if not len(wide):
        return None
    first = int(wide[0])
    row = specimen.shown(STRIDE * first, ids)
    return f"logits differ by {gaps[first].item():.2g} when rows come alone ({row})"


def pure(name: str) -> str | None:
    """Scoring changes neither ids nor weights, and draws no random number."""
    model, ids = specimen.model(name).eval(), specimen.ids()
    ids[::2, -1] = PADDING
    given = ids.clone()
    kept = {key: value.clone() for key, value in model.state_dict().items()}
    stream, before = torch.get_rng_state(), settings()
    scores_of(model, ids)
    if not torch.equal(ids, given):
        return "it changes the ids that it is given"
    after = model.state_dict()
    moved = [k for k, v in after.items() if k not in kept or not torch.equal(v, kept[k])]
    if moved:
        return f"it changes {', '.join(moved)}"
    if not torch.equal(torch.get_rng_state(), stream):
        return "it draws random numbers"
    others = changed(before)
    return f"it changes {others}" if others else None


@torch.no_grad()
def steady(name: str) -> str | None:
    """Scoring again and again gives the same bits."""
    model, ids = specimen.model(name).eval(), specimen.ids(rows=8)
    beside, first = specimen.beside(model), scores_of(model, ids)
    for call in range(2, AGAIN + 2):
        gap = (scores_of(model, ids) != first).nonzero()
        if len(gap):
            row = specimen.shown(int(gap[0]), ids)
            return f"not at call {call} in {row}{specimen.moved(model, beside)}"
    return None


def quiet(name: str) -> str | None:
    """It prints nothing, as standard output is for results, and warns of nothing."""
    out = io.StringIO()
    with tempfile.TemporaryFile() as below:
        with (
            contextlib.redirect_stdout(out),
            printing_to(below.fileno()),
            warnings.catch_warnings(record=True) as warned,
        ):
            warnings.simplefilter("always")
            specimen.loss(specimen.model(name), specimen.ids()).backward()
        below.seek(0)
        printed = out.getvalue() + below.read().decode(errors="replace")
    if printed:
        return f"it prints {printed[:40]!r}"
    return f"it warns: {str(warned[0].message)[:80]}" if warned else None


def precision(name: str) -> str | None:
    """It computes in the precision of its weights."""
    model, ids = specimen.model(name, std=0.3).eval(), specimen.ids()
    single = scores_of(model, ids)
    try:
        scores = scores_of(model.double(), ids)
    except Exception as error:  # a stranger's code may raise anything
        return f"with float64 weights: {specimen.said(error)}; {CAUSES}"
    if scores.dtype != torch.float64:
        return f"float64 weights give logits in {scores.dtype}; {CAUSES}"
    gap = (scores - single).abs().max().item()
    if gap > 1e-4 * max(1.0, scores.abs().max().item()):
        return f"logits of float32 and float64 weights differ by {gap:.2g}; {CAUSES}"
    rounded = list(_rounded(model, ids))
    return f"rounded on the way: {', '.join(rounded)}; {CAUSES}" if rounded else None


CHECKS = (pure, steady, strided, large, rows, quiet, precision)


def _no_output(output: object, ids: Tensor) -> str | None:
    """Say what is wrong with the score that a model gives, or with what it gives beside it."""
    if not isinstance(output, Heads):
        return _no_logits(output, ids)
    if fault := _no_logits(output.score, ids):
        return f"{fault} for a score"
    for name, (logits, _) in output.also.items():
        if fault := _no_logits(logits, ids):
            return f"{fault} for the prediction {name!r}"
    for name, (cost, _) in output.costs.items():
        if not isinstance(cost, Tensor) or cost.shape != () or not cost.isfinite():
            return f"a cost {name!r} that is not one finite number"
    return None


def _no_logits(scores: object, ids: Tensor) -> str | None:
    """Say what a model gives for some rows if it is not a finite float a row."""
    if not isinstance(scores, Tensor):
        return f"a {type(scores).__name__}"
    if not scores.is_floating_point() or scores.shape != (len(ids),):
        return f"{scores.dtype} of shape {tuple(scores.shape)}"
    bad = (~scores.isfinite()).nonzero()
    return f"some that are not finite ({specimen.shown(int(bad[0]), ids)})" if len(bad) else None


def _rounded(model: nn.Module, ids: Tensor) -> Iterator[str]:
    """Name the parameters whose coarse change shows in the logits and whose fine one does not."""
    scores = scores_of(model, ids)
    specimen.loss(model, ids).backward()

    @torch.no_grad()
    def rows(parameter: Tensor, digit: float) -> int:
        kept = parameter.clone()
        parameter.mul_(1 + digit)
        moved = scores_of(model, ids) != scores
        parameter.copy_(kept)
        return int(moved.sum())

    for path, p in model.named_parameters():
        counts = p.grad is not None and (p.grad * p).abs().sum() > COUNTS
        if counts and not p.is_complex() and rows(p, FINE) < rows(p, COARSE) / 2:
            yield path
