"""What the procedure as a whole finds: planted interactions, honest intervals, the same bits."""

from itertools import pairwise

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from fmbench.engine import gibbs
from fmbench.errors import UsageError
from fmbench.fields import FIRST_VALUE, UNSEEN, Field
from fmbench.layers import draws_within
from fmbench.metrics import auc
from fmbench.models import create_model
from fmbench.training.batches import Rows
from fmbench.training.fit import Fit
from fmbench.training.predict import predict

FIELDS = [Field("user", 42), Field("movie", 32), Field("hour", 12)]


def planted(rows: int, seed: int = 0, factors: int = 2) -> tuple[Rows, Tensor]:
    """Draw rows, labels of a probit FM without a linear term, and their true chances."""
    draw = torch.Generator().manual_seed(seed)
    columns = [torch.randint(2, field.cardinality, (rows, 1), generator=draw) for field in FIELDS]
    ids, truth = torch.cat(columns, 1), create_model("fm", FIELDS, embed_dim=factors)
    with torch.no_grad():
        truth.linear.table.weight.zero_()
        truth.embedding.weight.normal_(std=0.7, generator=draw)
        chance = torch.special.ndtr(truth(ids))
    return Rows(ids, torch.bernoulli(chance, generator=draw)), chance


def cut(rows: Rows, *at: int) -> list[Rows]:
    ends = [0, *at, len(rows)]
    return [Rows(rows.ids[low:high], rows.labels[low:high]) for low, high in pairwise(ends)]


def drawn(train: Rows, valid: Rows, seed: int = 0, **args: int) -> tuple[nn.Module, Fit]:
    model = create_model("bayesian_fm", FIELDS, **args)
    return model, gibbs.fit(model, train, valid, seed)


def test_a_planted_interaction_is_found_and_its_intervals_are_honest() -> None:
    rows, chance = planted(12_000)
    train, valid, test = cut(rows, 8_000, 9_000)
    model, fitted = drawn(train, valid, embed_dim=4)
    scores, truth = predict(model, test.ids), chance[9_000:].double().numpy()
    labels = test.labels.bool().numpy()
    ceiling, found = auc(labels, truth), auc(labels, scores)
    assert ceiling is not None
    assert found is not None
    assert ceiling - found < 0.02
    with torch.no_grad():
        for level, low, high in ((0.5, 0.4, 0.6), (0.9, 0.83, 0.96)):
            ends = model.logit.interval(model.scores(test.ids), level).numpy().T
            assert low < np.mean((ends[0] <= truth) & (truth <= ends[1])) < high
    assert fitted.procedure.startswith("Gibbs sampling: 2 chains of ")
    assert [epoch.passes for epoch in fitted.curve][:2] == [128, 128][: len(fitted.curve)]


def test_predicted_chances_are_the_rates_of_groups() -> None:
    rows, _ = planted(10_000, seed=1)
    train, valid, test = cut(rows, 4_000, 5_000)
    model, _ = drawn(train, valid)
    chance = 1 / (1 + np.exp(-predict(model, test.ids)))
    labels = test.labels.numpy()
    for group in np.array_split(np.argsort(chance), 5):
        expected = chance[group].mean()
        error = (expected * (1 - expected) / len(group)) ** 0.5
        assert abs(labels[group].mean() - expected) < 4 * error


def test_a_seed_decides_every_bit() -> None:
    train, valid = cut(planted(600)[0], 500)
    (one, _), (same, _), (other, _) = (drawn(train, valid, s, draws=8) for s in (0, 0, 1))
    assert torch.equal(one.embedding.weight, same.embedding.weight)
    assert torch.equal(one.linear.bias, same.linear.bias)
    assert not torch.equal(one.embedding.weight, other.embedding.weight)


def test_values_that_training_never_saw_differ_from_draw_to_draw() -> None:
    train, valid = cut(planted(600)[0], 500)
    model, _ = drawn(train, valid, draws=16)
    unseen = model.linear.table.weight[UNSEEN].detach()
    assert len(unseen.unique()) == 16
    assert unseen.std() > model.linear.table.weight[FIRST_VALUE].std() / 2


def test_a_model_of_other_parts_is_refused() -> None:
    train, valid = cut(planted(60)[0], 50)
    with pytest.raises(UsageError, match=r"^the model has 0 DrawnLinear and 0 DrawnEmbedding; exp"):
        gibbs.fit(create_model("fm", FIELDS), train, valid, 0)


def test_large_tables_keep_fewer_draws() -> None:
    assert draws_within(FIELDS, 9, 64) == 64
    assert draws_within([Field("user", 400_000)], 9, 64) == 18
    assert draws_within([Field("user", 10_000_000)], 9, 64) == 8
    assert draws_within([Field("user", 10_000_000)], 9, 4) == 4
