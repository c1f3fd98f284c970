"""What the harness may do with a model that is built: copy it, and put its weights back."""

import copy

import torch

from fmbench.contract import specimen
from fmbench.contract.specimen import scores_of

STEPS = 3
"""Steps before weights are put back: what a model keeps beside them has moved by then."""


def copies(name: str) -> str | None:
    """A copy is a model of its own."""
    model, ids = specimen.model(name).eval(), specimen.ids()
    before = scores_of(model, ids)
    twin = copy.deepcopy(model)
    if not torch.equal(scores_of(twin, ids), before):
        return "a copy gives other logits"
    with torch.no_grad():
        for parameter in twin.parameters():
            parameter.add_(torch.randn_like(parameter))
    if torch.equal(scores_of(twin, ids), before):
        return "a copy does not read its own weights"
    return (
        None
        if torch.equal(scores_of(model, ids), before)
        else "weights of a copy move the original's"
    )


def state(name: str) -> str | None:
    """Weights can be put back, and nothing else decides the logits."""
    model, other, ids = specimen.model(name).eval(), specimen.model(name, seed=1), specimen.ids()
    kept, scores, beside = (
        copy.deepcopy(model.state_dict()),
        scores_of(model, ids),
        specimen.beside(model),
    )
    other.load_state_dict(kept)
    gap = (scores_of(other.eval(), ids) != scores).nonzero()
    if len(gap):
        row = specimen.shown(int(gap[0]), ids)
        return f"a model with another's weights gives other logits ({row})"
    specimen.train(model, ids, STEPS).load_state_dict(kept)
    gap = (scores_of(model, ids) != scores).nonzero()
    if len(gap):
        row = specimen.shown(int(gap[0]), ids)
        return f"trained and put back it gives other logits ({row}){specimen.moved(model, beside)}"
    return None


CHECKS = (copies, state)
