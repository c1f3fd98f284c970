"""Heads: one rule for what training makes small, on every path; only the score is measured."""

import copy
import math

import numpy as np
import pytest
import torch
from few_rows import FIELDS, rows
from torch import Tensor, nn

from fmbench.engine import Untraceable
from fmbench.engine.engine import Engine
from fmbench.layers import FieldEmbedding, FieldLinear, Heads
from fmbench.layers.heads import Weight
from fmbench.spec import TrainSpec
from fmbench.training.batches import Rows, Window
from fmbench.training.loss import loss, losses, slope
from fmbench.training.plain import Plain
from fmbench.training.predict import predict

SPEC = TrainSpec(lr=1e-2, batch_size=16)
LABELS = torch.tensor([1.0, 0.0, 0.0])
SCORE, OTHER = torch.tensor([2.0, -1.0, 0.5]), torch.tensor([0.0, 1.0, -1.0])


def by_hand(logits: Tensor) -> float:
    terms = zip(logits.tolist(), LABELS.tolist(), strict=True)
    return sum(math.log1p(math.exp(-z if y else z)) for z, y in terms) / len(LABELS)


class Several(nn.Module):
    """A linear score, a second prediction of the same label, and a cost."""

    def __init__(self, weight: Weight = 0.5) -> None:
        super().__init__()
        self.linear, self.embedding = FieldLinear(FIELDS), FieldEmbedding(FIELDS, 4)
        self.output = nn.Linear(4, 1)
        self.weight = weight

    def forward(self, ids: Tensor) -> Heads:
        pooled = self.embedding(ids).sum(1)
        other = self.output(pooled).squeeze(1)
        score = self.linear(ids) + other
        apart = (score - other.detach()).square().mean()
        return Heads(score, {"other": (other, self.weight)}, {"apart": (apart, 0.3)})


def test_a_score_alone_is_all_that_is_made_small() -> None:
    mean, total = losses(SCORE, LABELS)
    assert mean is total
    assert mean.item() == pytest.approx(by_hand(SCORE))
    mean, total = losses(Heads(SCORE), LABELS)
    assert mean.item() == total.item() == loss(SCORE, LABELS).item()


def test_heads_add_losses_and_costs_by_their_weights() -> None:
    heads = Heads(SCORE, {"other": (OTHER, 0.5)}, {"size": (torch.tensor(7.0), 0.1)})
    mean, total = losses(heads, LABELS)
    assert mean.item() == pytest.approx(by_hand(SCORE))
    assert total.item() == pytest.approx(by_hand(SCORE) + 0.5 * by_hand(OTHER) + 0.7)


def test_an_excess_weighs_what_a_prediction_is_worse_than_the_score() -> None:
    _, total = losses(Heads(SCORE, {"worse": (OTHER, "excess")}), LABELS)
    score, other = by_hand(SCORE), by_hand(OTHER)
    assert other > score
    assert total.item() == pytest.approx(score + (other - score) * other)
    _, total = losses(Heads(OTHER, {"better": (SCORE, "excess")}), LABELS)
    assert total.item() == pytest.approx(other)


def test_the_slope_is_that_of_the_loss() -> None:
    logits = SCORE.clone().requires_grad_()
    loss(logits, LABELS).backward()
    torch.testing.assert_close(slope(SCORE, LABELS), logits.grad)


def test_the_loss_of_the_score_is_what_a_pass_notes() -> None:
    torch.manual_seed(0)
    model, data = Several(), rows(16)
    expected, _ = losses(model(data.ids), data.labels)
    (noted,) = Plain(model, data, SPEC).one_pass([Window(data, torch.arange(16))], SPEC.lr)
    assert noted.item() == expected.item()


def test_the_engine_trains_by_all_heads_as_the_plain_loop_does() -> None:
    torch.manual_seed(0)
    model, some = Several().double(), rows(256)
    data, order = Rows(some.ids, some.labels.double()), torch.randperm(256)
    twin = copy.deepcopy(model)
    fast = Engine(twin, data, SPEC, key=0)
    assert fast.path == "native"
    slow = Plain(model, data, SPEC)
    for _ in range(2):
        ours, theirs = (t.one_pass([Window(data, order)], SPEC.lr) for t in (fast, slow))
        torch.testing.assert_close(ours, theirs, rtol=1e-10, atol=1e-12)
    for mine, other in zip(model.parameters(), twin.parameters(), strict=True):
        torch.testing.assert_close(other, mine, rtol=1e-8, atol=1e-10)


def test_what_hangs_on_another_loss_is_left_to_the_plain_loop() -> None:
    with pytest.raises(Untraceable, match="a loss weighs what it is above another"):
        Engine(Several("excess"), rows(64), SPEC, key=0)


def test_only_the_score_is_predicted() -> None:
    model, data = Several(), rows(32)
    found = predict(model, data.ids)
    assert np.array_equal(found, model(data.ids).score.detach().double().numpy())
