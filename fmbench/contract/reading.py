"""What reading promises: each id has its own rows, wherever its field stands, and padding none."""

import torch
from torch import Tensor, nn

from fmbench.contract import specimen
from fmbench.contract.specimen import FIELDS, GENRES, MOVIE, PRICE, SIZE, USER, scores_of
from fmbench.fields import FIRST_VALUE, PADDING, UNSEEN, Field, owners
from fmbench.layers import MissingRole

CONTEXTS = 16
"""Rows that an id is looked at in: a unit that is off in one is on in another."""
LAYOUTS = ((GENRES, USER, MOVIE), (USER, GENRES, PRICE, MOVIE), (PRICE, SIZE, USER), (GENRES,))


def empty(name: str) -> str | None:
    """An unseen id and a field without any value can be scored and learnt from."""
    ids = specimen.ids()
    ids[0] = UNSEEN
    ids[1, -GENRES.width :] = PADDING
    for std, weights in ((0.0, "as built"), (0.05, "moved")):
        model = specimen.model(name, std=std).eval()
        bad = (~scores_of(model, ids).isfinite()).nonzero()
        if len(bad):
            return f"not finite with weights {weights}: {specimen.shown(int(bad[0]), ids)}"
        specimen.loss(model.train(), ids).backward()
        grads = {n: p.grad for n, p in model.named_parameters() if p.grad is not None}
        wild = [n for n, grad in grads.items() if not grad.isfinite().all()]
        if wild:
            return f"gradients not finite with weights {weights}: {', '.join(wild)}"
    return None


def bounds(name: str) -> str | None:
    """An id outside its field is an error."""
    model = specimen.model(name).eval()
    for column, field in enumerate(owners(specimen.FIELDS)):
        for outside in (field.cardinality, -1):
            ids = specimen.ids()
            ids[0, column] = outside
            try:
                scores_of(model, ids)
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
    alike = _alike(model, FIELDS)
    if alike:
        return alike
    swapped = specimen.ids(CONTEXTS).clamp(max=MOVIE.cardinality - 1)
    swapped[:, 0] = FIRST_VALUE + torch.arange(CONTEXTS)
    swapped[:, 1] = FIRST_VALUE + 1 + torch.arange(CONTEXTS)
    if torch.equal(
        scores_of(model, swapped), scores_of(model, swapped[:, [1, 0, *range(2, swapped.shape[1])]])
    ):
        return "user 2 of movie 3 scores as user 3 of movie 2"
    return None


def places(name: str) -> str | None:
    """A field of several columns may stand first, in the middle or alone."""
    for layout in LAYOUTS:
        order = ", ".join(f"{field.name} ({field.width})" for field in layout)
        try:
            alike = _alike(specimen.model(name, std=0.3, fields=layout).double().eval(), layout)
        except MissingRole:  # it says so by name
            continue
        except Exception as error:  # a model may ask for two fields, but not for their order
            alike = specimen.said(error) if len(layout) > 1 else None
        if alike:
            return f"with fields {order}: {alike}"
    return None


def padding(name: str) -> str | None:
    """Padding reads no row of a value."""
    model, ids = specimen.model(name), specimen.ids()
    few = ids.clamp(max=FIRST_VALUE + 1)
    padded = few.clone()
    padded[::2, -1] = padded[::4, -GENRES.width :] = PADDING
    others = _read(model, ids.clamp(min=FIRST_VALUE + 2))
    without, with_ = _read(model, few), _read(model, padded)
    for path, rows in without.items():
        shared = (with_[path] & others[path] & ~rows).nonzero()
        if len(rows) >= USER.cardinality and rows.sum() <= 2 * few.shape[1] and len(shared):
            return (
                f"padding of {GENRES.name!r} reads row {int(shared[0])} of {path}, as a value does"
            )
    return None


CHECKS = (empty, bounds, fields, places, padding)


def _alike(model: nn.Module, fields: tuple[Field, ...]) -> str | None:
    """Name two ids of a field that the model takes for the same, if there are any."""
    contexts = specimen.ids(CONTEXTS, fields)
    for column, field in enumerate(owners(fields)):
        values = torch.arange(FIRST_VALUE, field.cardinality)
        ids = contexts.repeat(len(values), 1)
        ids[:, column] = values.repeat_interleave(CONTEXTS)
        scores = scores_of(model, ids).view(len(values), CONTEXTS)
        for value in range(1, len(values)):
            twins = (scores[:value] == scores[value]).all(1).nonzero()
            if len(twins):
                pair = f"{values[twins[0, 0]].item()} and {values[value].item()}"
                return f"ids {pair} of {field.name!r} (column {column}) give the same logits"
    return None


def _read(model: nn.Module, ids: Tensor) -> dict[str, Tensor]:
    """Tell of each parameter which of its rows get a gradient from some rows of ids."""
    model.zero_grad()
    specimen.loss(model.eval(), ids).backward()
    return {
        path: parameter.grad.reshape(len(parameter), -1).any(1)
        for path, parameter in model.named_parameters()
        if parameter.grad is not None and parameter.dim()
    }
