"""The ends of an epoch: both paths take the same steps on the same rows, whatever is left over."""

import pytest
import torch
from torch import Tensor, nn

from fmbench.engine.engine import Engine
from fmbench.errors import UsageError
from fmbench.fields import FIRST_VALUE, Field
from fmbench.layers import MLP, FieldLinear
from fmbench.models import MODELS, create_model, is_by_gradient
from fmbench.spec import TrainSpec
from fmbench.training.batches import Rows, Window
from fmbench.training.fit import Trainer, fit
from fmbench.training.plain import Plain

from .test_engine import both, build, distance, rows

WHOLE = 40
"""Whole batches before the end."""

ENDS = [
    pytest.param(WHOLE * 16 + rest, 16, WHOLE + (rest > 1), id=f"{rest} left")
    for rest in (0, 1, 2, 15)
] + [pytest.param(64, 64, 1, id="one batch"), pytest.param(65, 64, 1, id="one batch and a row")]
SINGLES = pytest.param(64, 1, 64, id="single rows")


def spec_of(batch: int, optimizer: str = "adam") -> TrainSpec:
    return TrainSpec(lr=1e-3, batch_size=batch, optimizer=optimizer)


@pytest.mark.parametrize("optimizer", ["adam", "adamw"])
@pytest.mark.parametrize(
    ("name", "count", "batch", "steps"),
    [
        pytest.param(name, *end.values, id=f"{name}, {end.id}")
        for name, ends in (("lr", [*ENDS, SINGLES]), ("fm", [*ENDS, SINGLES]), ("deepfm", ENDS))
        for end in ends
    ],
)
def test_both_paths_end_an_epoch_alike(
    name: str, count: int, batch: int, steps: int, optimizer: str
) -> None:
    data = rows(torch.float64, count)
    twins = [build(name, torch.float64) for _ in range(2)]
    plain, fast, trainer = both(*twins, data, spec_of(batch, optimizer), passes=2)
    assert trainer.path == "native"
    assert len(plain) == len(fast) == trainer.steps == 2 * steps
    assert distance(*twins) < 1e-10
    torch.testing.assert_close(fast, plain, rtol=1e-10, atol=1e-10)


@pytest.mark.parametrize("path", ["plain", "native"])
@pytest.mark.parametrize(("count", "batch", "steps"), [*ENDS, SINGLES])
def test_a_pass_reads_every_row_but_a_lone_last_one(
    path: str, count: int, batch: int, steps: int
) -> None:
    """Each row has an id of its own, so what has moved has been read."""
    model = FieldLinear([Field("row", count + FIRST_VALUE)])
    data = Rows(torch.arange(count)[:, None] + FIRST_VALUE, (torch.arange(count) % 2).float())
    order = torch.randperm(count, generator=torch.Generator().manual_seed(0))
    trainer: Trainer = (
        Plain(model, data, spec_of(batch))
        if path == "plain"
        else Engine(model, data, spec_of(batch), key=0)
    )
    assert trainer.path == path
    assert len(trainer.one_pass([Window(data, order)], 1e-3)) == steps
    moved = model.table.weight.detach()[FIRST_VALUE:, 0].nonzero().flatten()
    is_lone = count % batch == 1 < batch
    assert moved.tolist() == sorted(order[: count - is_lone].tolist())


class Normed(nn.Module):
    """Normalises somewhere deep inside."""

    def __init__(self) -> None:
        super().__init__()
        self.parts = nn.ModuleDict({"deep": nn.Sequential(nn.Sequential(MLP(1, (4,), 0.0, True)))})
        self.linear = FieldLinear([Field("any", 12)])

    def forward(self, ids: Tensor) -> Tensor:
        logits: Tensor = self.parts["deep"](self.linear(ids)[:, None])
        return logits


@pytest.mark.parametrize("name", [*filter(is_by_gradient, MODELS), "normed"])
def test_single_rows_are_refused_to_a_model_that_normalises(name: str) -> None:
    """In words about the setting; PyTorch has some about shapes, at the first step."""
    fields = [Field("any", 12, role="user"), Field("other", 12, role="item")]
    ids = torch.arange(20)[:, None] % 10 + FIRST_VALUE
    ids = ids if name == "normed" else ids.repeat(1, 2)
    data = Rows(ids, (torch.arange(20) % 2).float())
    spec = TrainSpec(batch_size=1, max_epochs=1)
    known = MODELS[name].defaults if name in MODELS else {}
    args = {"batch_norm": True} if "batch_norm" in known else {}
    model = create_model(name, fields, **args) if name in MODELS else Normed()
    if not args and name != "normed":
        assert len(fit(model, data, data, spec, seed=0).curve) == 1
        return
    expected = "batch_size is 1; expected at least 2, as the model normalises over the batch"
    with pytest.raises(UsageError, match=f"^{expected}$"):
        fit(model, data, data, spec, seed=0)
