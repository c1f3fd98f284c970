"""The plain loop: what every faster path is held against is itself held against formulas."""

import math

import numpy as np
import pytest
import torch
from few_rows import FIELDS, rows
from sklearn.linear_model import LogisticRegression
from torch import Tensor, nn

from fmbench.errors import UsageError
from fmbench.fields import PADDING, Field
from fmbench.layers import FieldTable
from fmbench.metrics import logloss
from fmbench.models import create_model
from fmbench.spec import TrainSpec
from fmbench.training.batches import Rows
from fmbench.training.device import prepare
from fmbench.training.fit import Diverged, fit
from fmbench.training.predict import predict
from fmbench.training.priors import Shrinkage

QUICK = TrainSpec(batch_size=32, max_epochs=3, patience=10, l2_embedding=100.0)


def trained(name: str, train: Rows, valid: Rows, spec: TrainSpec, seed: int = 0) -> nn.Module:
    torch.manual_seed(1)
    model = create_model(name, FIELDS)
    fit(model, train, valid, spec, seed)
    return model


def same(a: nn.Module, b: nn.Module) -> bool:
    """Tell whether two models are the same to the bit."""
    pairs = zip(a.state_dict().values(), b.state_dict().values(), strict=True)
    return all(torch.equal(x, y) for x, y in pairs)


class Listener(nn.Module):
    """A model that notes the size of every batch it is trained on."""

    def __init__(self) -> None:
        super().__init__()
        self.model = create_model("deepfm", FIELDS)
        self.seen: list[Tensor] = []

    def forward(self, ids: Tensor) -> Tensor:
        if self.training:
            self.seen.append(ids)
        return self.model(ids)


@pytest.mark.parametrize(
    ("n", "batch", "sizes"),
    [(96, 32, [32, 32, 32]), (98, 32, [32, 32, 32, 2]), (97, 32, [32, 32, 32])],
)
def test_a_lone_last_row_waits_for_another_epoch(n: int, batch: int, sizes: list[int]) -> None:
    model = Listener()
    train = rows(n)
    train.ids[:, 0] = 2  # rows differ in what follows, so that they can be told apart
    train.ids[:, 1] = 2 + torch.arange(n) // 6 % 20
    spec = TrainSpec(batch_size=batch, max_epochs=4, patience=10)
    fit(model, train, rows(50, seed=1), spec, seed=0)
    assert [len(ids) for ids in model.seen] == sizes * 4
    epochs = [torch.cat(model.seen[i : i + len(sizes)]) for i in range(0, 4 * len(sizes), 4)]
    assert not torch.equal(epochs[0][:8], epochs[1][:8])  # shuffled anew


def test_one_row_a_batch_is_allowed_where_it_is_asked_for() -> None:
    model = create_model("fm", FIELDS)
    spec = TrainSpec(batch_size=1, max_epochs=1)
    assert len(fit(model, rows(20), rows(20, seed=1), spec, seed=0).curve) == 1


@pytest.mark.parametrize("name", ["lr", "deepfm"])
@pytest.mark.parametrize("patience", [0, 2])
def test_training_stops_and_the_best_weights_are_back(name: str, patience: int) -> None:
    train, valid = rows(300), rows(100, seed=1)
    spec = TrainSpec(
        batch_size=32, max_epochs=40, patience=patience, lr=0.05, l2_linear=0, l2_embedding=0
    )
    torch.manual_seed(1)
    model = create_model(name, FIELDS)
    fitted = fit(model, train, valid, spec, seed=0)
    losses = [epoch.valid_logloss for epoch in fitted.curve]
    assert losses[fitted.best_epoch] == min(losses)
    assert len(losses) == fitted.best_epoch + 1 + patience < 40
    found = logloss(valid.labels.numpy() > 0, predict(model, valid.ids))
    assert found == losses[fitted.best_epoch]
    seconds = sum(epoch.seconds for epoch in fitted.curve[: fitted.best_epoch + 1])
    assert seconds <= fitted.time_to_best_s


def test_validation_rows_do_not_touch_training(monkeypatch: pytest.MonkeyPatch) -> None:
    """The weights after the last epoch are the same whatever the validation rows are."""
    last: list[dict[str, Tensor]] = []
    for seed, n in ((1, 50), (2, 333)):
        torch.manual_seed(1)
        model = create_model("deepfm", FIELDS)
        with monkeypatch.context() as patch:
            patch.setattr(model, "load_state_dict", lambda _: None)  # the last, not the best
            fit(model, rows(300), rows(n, seed), QUICK, seed=0)
        last.append(model.state_dict())
    assert all(torch.equal(last[0][key], last[1][key]) for key in last[0])


def test_the_same_seed_gives_the_same_bits_and_another_does_not() -> None:
    train, valid = rows(300), rows(100, seed=1)
    first = trained("deepfm", train, valid, QUICK)
    torch.rand(7)  # what happened before in this process is no matter
    assert same(first, trained("deepfm", train, valid, QUICK))
    assert not same(first, trained("deepfm", train, valid, QUICK, seed=1))


@pytest.mark.parametrize("factor", [math.nan, math.inf])
def test_a_loss_that_is_no_number_is_said(factor: float) -> None:
    class Broken(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.model = create_model("lr", FIELDS)
            self.steps = 0

        def forward(self, ids: Tensor) -> Tensor:
            self.steps += self.training
            logits = self.model(ids)
            return logits * factor if self.steps == 4 else logits

    with pytest.raises(Diverged, match="training loss at step 3 of the epoch is not finite"):
        fit(Broken(), rows(300), rows(100, seed=1), QUICK, seed=0)


def test_a_validation_loss_that_is_no_number_is_said() -> None:
    class Broken(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.model = create_model("lr", FIELDS)

        def forward(self, ids: Tensor) -> Tensor:
            logits = self.model(ids)
            return logits if self.training else logits / 0

    with pytest.raises(Diverged, match="validation loss of the epoch is not finite"):
        fit(Broken(), rows(300), rows(100, seed=1), QUICK, seed=0)


def test_a_batch_larger_than_the_rows() -> None:
    model = create_model("lr", FIELDS)
    with pytest.raises(UsageError, match="batch_size is 256; expected at most 255"):
        fit(model, rows(255), rows(9, seed=1), TrainSpec(), seed=0)
    assert len(fit(model, rows(256), rows(9), TrainSpec(max_epochs=1), seed=0).curve) == 1


@pytest.mark.parametrize("name", ["lr", "fm", "deepfm"])
@pytest.mark.parametrize("batch", [1, 7, 64])
def test_shrinkage_is_the_penalty_of_the_whole_table_in_expectation(name: str, batch: int) -> None:
    """Over an epoch, batches weighted by their rows, it is lambda/2n |w|^2 over rows with data."""
    train = rows(130)
    model = create_model(name, FIELDS).double()
    spec = TrainSpec(l2_linear=0.5, l2_embedding=3.0)
    expected = 0.0
    for table in (m for m in model.modules() if isinstance(m, FieldTable)):
        nn.init.normal_(table.weight)
        strength = 0.5 if table.weight.shape[1] == 1 else 3.0
        occurring = (train.ids + table.columns)[train.ids != PADDING].unique()
        expected += strength / 2 * table.weight[occurring].square().sum().item()
    shrinkage = Shrinkage(model, train, spec)
    with torch.no_grad():
        found = sum(float(shrinkage(ids)) * len(ids) for ids in train.ids.split(batch))
    assert found == pytest.approx(expected, rel=1e-12)


def test_shrinkage_leaves_padding_and_unseen_rows_alone() -> None:
    train = rows(130)
    model = create_model("fm", FIELDS)
    for table in (m for m in model.modules() if isinstance(m, FieldTable)):
        nn.init.ones_(table.weight)
    shrinkage = Shrinkage(model, train, TrainSpec())
    total = shrinkage(train.ids)
    assert isinstance(total, Tensor)
    total.backward()
    for table in (m for m in model.modules() if isinstance(m, FieldTable)):
        assert table.weight.grad is not None
        touched = table.weight.grad.abs().sum(1) > 0
        occurring = (train.ids + table.columns)[train.ids != PADDING].unique()
        assert touched.nonzero().flatten().tolist() == occurring.tolist()


def test_shrinkage_of_nothing_is_nothing() -> None:
    train = rows(30)
    spec = TrainSpec(l2_linear=0, l2_embedding=0)
    assert Shrinkage(create_model("fm", FIELDS), train, spec)(train.ids) == 0


@pytest.mark.parametrize("precision", [0.5, 4.0])
def test_lr_finds_the_optimum_of_scikit_learn(
    precision: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`l2_linear` is 1/C of LogisticRegression on one-hot ids, the bias unpenalised."""
    fields = (Field("user", 32), Field("movie", 22))
    drawn = rows(600)
    train = Rows(drawn.ids[:, :2], drawn.labels)
    steps = {"lr": 0.05, "lr_decay": 1.0, "batch_size": 600, "max_epochs": 200, "patience": 200}
    spec = TrainSpec(**steps, l2_linear=precision)
    model = create_model("lr", fields)
    monkeypatch.setattr(model, "load_state_dict", lambda _: None)  # the last, not the best
    fit(model, train, train, spec, seed=0)
    one_hot = np.zeros((600, 54))
    np.put_along_axis(one_hot, (train.ids + torch.tensor([0, 32])).numpy(), 1.0, axis=1)
    labels = train.labels.numpy() > 0
    peer = LogisticRegression(C=1 / precision, tol=1e-8, max_iter=1000).fit(one_hot, labels)
    expected = logloss(labels, peer.decision_function(one_hot))
    assert logloss(labels, predict(model, train.ids)) == pytest.approx(expected, abs=1e-4)
    weights = model.linear.table.weight.detach().numpy().ravel()
    np.testing.assert_allclose(weights, peer.coef_.ravel(), atol=5e-3)


def test_the_process_is_set_up_for_measuring() -> None:
    assert prepare("cpu", 2) == torch.device("cpu")
    assert torch.get_num_threads() == 2
    assert (torch.tensor([1e-38]) * 1e-3).item() == 0  # a denormal
