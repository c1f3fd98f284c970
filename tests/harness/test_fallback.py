"""The way back: whatever stops a faster path, the plain loop trains from the very start."""

from collections.abc import Callable
from typing import Any

import pytest
import torch
from few_rows import FIELDS, rows
from torch import Tensor, nn

from fmbench import engine
from fmbench.engine.engine import Engine
from fmbench.engine.tracing.trace import take_apart
from fmbench.harness.trainers import fastest
from fmbench.layers import FieldEmbedding, FieldLinear, PairwiseInteraction
from fmbench.models import create_model
from fmbench.spec import TrainSpec
from fmbench.training.fit import Fit, fit

SPEC = TrainSpec(batch_size=32, max_epochs=3, patience=9, lr=0.05, l2_embedding=1.0)


def begin(make: Callable[[], nn.Module]) -> nn.Module:
    torch.manual_seed(1)
    return make()


def deepfm() -> nn.Module:
    return create_model("deepfm", FIELDS, dropout=0.5, batch_norm=True)


def train(
    make: Callable[[], nn.Module], monkeypatch: pytest.MonkeyPatch, *, quick: bool
) -> tuple[Fit, list[Any]]:
    """Train by the engine where it takes the model, or by the plain loop; return the outcome."""
    monkeypatch.setattr(engine, "is_worth_it", lambda *_: quick)
    monkeypatch.setattr(engine, "LARGE", 0)
    model = begin(make)
    fitted = fit(model, rows(200), rows(90, seed=1), SPEC, 4, None, fastest)
    curve = [(epoch.train_loss, epoch.valid_logloss) for epoch in fitted.curve]
    return fitted, [curve, *(t.tolist() for t in model.state_dict().values())]


class Expert(nn.Module):
    """Two layers on an embedding, whose weights may be one."""

    def __init__(self) -> None:
        super().__init__()
        self.linear, self.embedding = FieldLinear(FIELDS), FieldEmbedding(FIELDS, 4)
        self.expert, self.gate = nn.Linear(4, 4), nn.Linear(4, 4)
        self.share()

    def share(self) -> None: ...

    def forward(self, ids: Tensor) -> Tensor:
        x = self.embedding(ids).sum(1)
        return self.linear(ids) + (torch.sigmoid(self.gate(x)) * self.expert(x)).sum(1)


class Wrapped(Expert):
    def share(self) -> None:
        self.gate.weight = nn.Parameter(self.expert.weight)


class ByData(Expert):
    def share(self) -> None:
        self.gate.weight.data = self.expert.weight.data


class Tables(Expert):
    """Two tables over one storage."""

    def share(self) -> None:
        self.deep = FieldEmbedding(FIELDS, 4)
        self.deep.weight = nn.Parameter(self.embedding.weight)

    def forward(self, ids: Tensor) -> Tensor:
        x = self.deep(ids).sum(1)
        return super().forward(ids) + (x * self.embedding(ids).sum(1)).sum(1)


class Tied(Expert):
    def share(self) -> None:
        self.gate.weight = self.expert.weight


@pytest.mark.parametrize("kind", [Wrapped, ByData, Tables])
def test_parameters_that_share_memory_are_left_to_the_plain_loop(
    kind: type[nn.Module], monkeypatch: pytest.MonkeyPatch
) -> None:
    quick, outcome = train(kind, monkeypatch, quick=True)
    plain, expected = train(kind, monkeypatch, quick=False)
    assert outcome == expected
    assert plain.path == "plain"
    assert quick.path.startswith("plain (")
    assert quick.path.endswith("lie in the same memory)")


def test_one_parameter_under_two_names_is_the_engines_as_ever(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    quick, (curve, *_) = train(Tied, monkeypatch, quick=True)
    _, (expected, *_) = train(Tied, monkeypatch, quick=False)
    assert quick.path == "native"
    torch.testing.assert_close(torch.tensor(curve), torch.tensor(expected), rtol=1e-4, atol=1e-4)


class Recurrent(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.linear, self.embedding = FieldLinear(FIELDS), FieldEmbedding(FIELDS, 4)
        self.lstm = nn.LSTM(4, 4, batch_first=True)
        self.dropout = nn.Dropout(0.3)

    def forward(self, ids: Tensor) -> Tensor:
        _, (last, _) = self.lstm(self.dropout(self.embedding(ids)))
        return self.linear(ids) + last[0].sum(1)


def test_what_torch_cannot_perform_again_is_trained_plainly(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Without gradients to record, an LSTM leaves out what its backward pass asks for."""
    quick, outcome = train(Recurrent, monkeypatch, quick=True)
    assert outcome == train(Recurrent, monkeypatch, quick=False)[1]
    assert quick.path.startswith("plain (the faster path failed: RuntimeError: ")


def one_epoch_in(self: Engine, *_: Any) -> Tensor:
    """Take steps, spoil all that can be spoilt, and fail."""
    for tensor in self.parts.model.state_dict().values():
        tensor.fill_(7)
    torch.rand(3)
    raise ZeroDivisionError("a fault of the engine\nand more of it")


@pytest.mark.parametrize("where", ["__init__", "one_pass"])
def test_a_faster_path_that_fails_makes_way_for_the_plain_loop_from_the_start(
    where: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In its building or its first pass: same weights, dropout and batches as without it."""

    def fail(*_: Any) -> None:
        raise ZeroDivisionError("a fault of the engine\nand more of it")

    _, expected = train(deepfm, monkeypatch, quick=False)
    monkeypatch.setattr(Engine, where, one_epoch_in if where == "one_pass" else fail)
    fitted, outcome = train(deepfm, monkeypatch, quick=True)
    assert outcome == expected
    said = "the faster path failed: ZeroDivisionError: a fault of the engine"
    assert fitted.path == f"plain ({said})"


@pytest.mark.parametrize("error", [KeyboardInterrupt, MemoryError, torch.OutOfMemoryError])
@pytest.mark.parametrize("where", ["__init__", "one_pass"])
def test_what_the_plain_loop_would_meet_too_is_no_reason_to_try_it(
    where: str, error: type[BaseException], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: Any) -> None:
        raise error("enough")

    monkeypatch.setattr(Engine, where, fail)
    with pytest.raises(error, match="enough"):
        train(deepfm, monkeypatch, quick=True)


def test_a_failure_in_a_later_pass_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    whole, passes = Engine.one_pass, []

    def fail(self: Engine, *args: Any) -> Tensor:
        passes.append(1)
        if len(passes) == 2:
            raise ZeroDivisionError
        return whole(self, *args)

    monkeypatch.setattr(Engine, "one_pass", fail)
    with pytest.raises(ZeroDivisionError):
        train(deepfm, monkeypatch, quick=True)


class Wrong(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.linear = FieldLinear(FIELDS)

    def forward(self, ids: Tensor) -> Tensor:
        return self.linear(ids) @ torch.zeros(3, 3)


@pytest.mark.parametrize("quick", [True, False])
def test_a_fault_of_the_model_is_said_as_the_plain_loop_says_it(
    quick: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(RuntimeError, match="shapes cannot be multiplied"):
        train(Wrong, monkeypatch, quick=quick)


class Counts(nn.Module):
    """Grows bolder from step to step, by what it keeps in Python and in a buffer it binds anew."""

    def __init__(self) -> None:
        super().__init__()
        self.linear, self.pairs = FieldLinear(FIELDS), PairwiseInteraction()
        self.embedding = FieldEmbedding(FIELDS, 4)
        self.register_buffer("steps", torch.zeros(()))
        self.calls, self.sizes = 0, [0]

    def forward(self, ids: Tensor) -> Tensor:
        if self.training:
            self.calls += 1
            self.sizes.append(len(ids))
            self.steps = self.steps + 1
        scale = 1 + 0.01 * (self.calls + len(self.sizes) + self.steps)
        return self.linear(ids) + scale * self.pairs(self.embedding(ids))


def test_a_look_at_a_model_that_counts_is_no_step(monkeypatch: pytest.MonkeyPatch) -> None:
    quick, outcome = train(Counts, monkeypatch, quick=True)
    assert outcome == train(Counts, monkeypatch, quick=False)[1]
    assert quick.path.startswith("plain (it ")


class Complex(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.linear, self.embedding = FieldLinear(FIELDS), FieldEmbedding(FIELDS, 4)
        self.turn = nn.Parameter(torch.randn(4, dtype=torch.cfloat))

    def forward(self, ids: Tensor) -> Tensor:
        return self.linear(ids) + (self.embedding(ids).sum(1) * self.turn).real.sum(1)


def test_complex_weights_are_learnt(monkeypatch: pytest.MonkeyPatch) -> None:
    fitted, _ = train(Complex, monkeypatch, quick=True)
    assert fitted.path == "plain (a parameter is frozen, or of another precision)"
    assert fitted.curve[-1].train_loss < fitted.curve[0].train_loss


class Strided(nn.Module):
    """Its weight lies in memory column by column."""

    def __init__(self) -> None:
        super().__init__()
        self.linear, self.embedding = FieldLinear(FIELDS), FieldEmbedding(FIELDS, 4)
        self.weight = nn.Parameter(torch.randn(3, 4).T)

    def forward(self, ids: Tensor) -> Tensor:
        return self.linear(ids) + (self.embedding(ids).sum(1) @ self.weight).sum(1)


def test_a_weight_that_does_not_lie_in_a_row_is_the_engines_too(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    quick, (curve, *_) = train(Strided, monkeypatch, quick=True)
    _, (expected, *_) = train(Strided, monkeypatch, quick=False)
    assert quick.path == "native"
    torch.testing.assert_close(torch.tensor(curve), torch.tensor(expected), rtol=1e-4, atol=1e-4)


class Whole(Recurrent):
    """Counts its steps in a buffer of whole numbers, which torch performs."""

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("steps", torch.zeros((), dtype=torch.int64))

    def forward(self, ids: Tensor) -> Tensor:
        if self.training:
            self.steps += 1
        return self.linear(ids) + self.embedding(ids).sum(1).cumsum(1)[:, -1] / (self.steps + 1)


def test_whole_numbers_that_a_step_changes_go_on_where_they_were() -> None:
    data = rows(96)
    first, second = (Engine(begin(Whole), data, SPEC, key=1) for _ in range(2))
    assert first.path.startswith("performed")
    window = next(data.shuffled(32, torch.Generator().manual_seed(2)))
    first.one_pass([window], 0.05)
    second.restore({name: tensor.clone() for name, tensor in first.state().items()})
    for each in (first, second):
        each.one_pass([window], 0.05)
    assert first.state().keys() == second.state().keys()
    for name, tensor in first.state().items():
        assert torch.equal(tensor, second.state()[name]), name
    assert take_apart(second.parts.model).buffers["steps"] == 6
