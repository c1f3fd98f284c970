"""The contract that every model keeps, as checks on anyone's model."""

import copy
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import msgspec
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from fmbench.fields import FIRST_VALUE, Field
from fmbench.models import MODELS, create_model

FIELDS = (Field("user", 50), Field("movie", 20), Field("genres", 12, width=3))
ROWS = 64
STEPS = 150
LEARNT = 0.8
"""Of the first loss, what may be left after a few steps on rows that can be learnt by heart."""


@dataclass(frozen=True, slots=True)
class Check:
    """One point of the contract and why it is broken, if it is."""

    name: str
    promise: str
    failure: str
    """Empty: the model keeps it."""


def check_model(name: str) -> Iterator[Check]:
    """Try a registered model on a handful of rows, one point of the contract after another."""
    for check in CHECKS:
        try:
            failure = check(name) or ""
        except Exception as error:  # whatever a stranger's code raises is what is to be reported
            failure = f"{type(error).__name__}: {error}".splitlines()[0]
        yield Check(check.__name__.strip("_"), (check.__doc__ or "").strip(), failure)


def _arguments(name: str) -> str | None:
    """Arguments have defaults that JSON can hold."""
    msgspec.json.encode(MODELS[name].defaults)
    return None


def _logits(name: str) -> str | None:
    """Logits are finite floats, one a row."""
    logits = _model(name)(_ids())
    if not logits.is_floating_point() or logits.shape != (ROWS,):
        return f"{ROWS} rows give {logits.dtype} of shape {tuple(logits.shape)}"
    return None if logits.isfinite().all() else "some logits are not finite"


def _gradients(name: str) -> str | None:
    """Every parameter gets a gradient."""
    model = _model(name)
    _loss(model, _ids()).backward()
    without = [n for n, p in model.named_parameters() if p.requires_grad and p.grad is None]
    return f"without one: {', '.join(without)}" if without else None


def _rows(name: str) -> str | None:
    """A row's logit does not depend on the rows beside it."""
    model, ids = _model(name).eval(), _ids()
    apart = torch.cat([model(row[None]) for row in ids])
    gap = (model(ids) - apart).abs().max().item()
    return f"logits differ by {gap:.2g} when rows come alone" if gap > 1e-4 else None


def _repeats(name: str) -> str | None:
    """The same seed gives the same model."""
    same = torch.equal(_model(name).eval()(_ids()), _model(name).eval()(_ids()))
    return None if same else "two models of one seed give other logits"


def _state(name: str) -> str | None:
    """Weights can be put back."""
    model, other = _model(name).eval(), _model(name, seed=1).eval()
    other.load_state_dict(copy.deepcopy(model.state_dict()))
    same = torch.equal(model(_ids()), other(_ids()))
    return None if same else "a model with another's weights gives other logits"


def _bounds(name: str) -> str | None:
    """An id outside its field is an error."""
    ids = _ids()
    ids[0, 0] = FIELDS[0].cardinality
    try:
        _model(name).eval()(ids)
    except IndexError:
        return None
    return "it reads another field's row"


def _learns(name: str) -> str | None:
    """A few rows can be learnt by heart."""
    model, ids = _model(name), _ids()
    optimizer = torch.optim.Adam(model.parameters(), lr=0.05)
    first = _loss(model.eval(), ids).item()
    model.train()
    for _ in range(STEPS):
        optimizer.zero_grad()
        _loss(model, ids).backward()
        optimizer.step()
    last = _loss(model.eval(), ids).item()
    return None if last < LEARNT * first else f"loss {first:.3f} falls to {last:.3f} only"


CHECKS: tuple[Callable[[str], str | None], ...] = (
    _arguments,
    _logits,
    _gradients,
    _rows,
    _repeats,
    _state,
    _bounds,
    _learns,
)


def _model(name: str, seed: int = 0) -> nn.Module:
    """Build a model and move every weight, as what starts at zero passes no gradient on."""
    torch.manual_seed(seed)
    model = create_model(name, FIELDS)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.add_(torch.randn_like(parameter), alpha=0.05)
    return model


def _ids() -> Tensor:
    generator = torch.Generator().manual_seed(0)
    columns = [
        torch.randint(FIRST_VALUE, field.cardinality, (ROWS, field.width), generator=generator)
        for field in FIELDS
    ]
    return torch.cat(columns, 1)


def _loss(model: nn.Module, ids: Tensor) -> Tensor:
    labels = (torch.arange(ROWS) % 3 == 0).float()
    return F.binary_cross_entropy_with_logits(model(ids), labels)
