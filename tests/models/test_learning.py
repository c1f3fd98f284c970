"""Labels drawn from a known FM: what can learn them does, what cannot does not."""

import pytest
import torch
from torch import Tensor, nn

from fmbench.fields import Field
from fmbench.metrics import auc
from fmbench.models import create_model

FIELDS = [Field("user", 42), Field("movie", 32), Field("hour", 12)]
ROWS, TESTED = 40_000, 10_000


@pytest.fixture(scope="module")
def planted() -> tuple[Tensor, Tensor, Tensor]:
    """Return ids, labels and the true logits of an FM without linear term."""
    draw = torch.Generator().manual_seed(0)
    shape = (ROWS, 1)
    ids = torch.cat([torch.randint(2, f.cardinality, shape, generator=draw) for f in FIELDS], 1)
    truth = create_model("fm", FIELDS, embed_dim=3)
    with torch.no_grad():
        truth.embedding.weight.normal_(generator=draw)
        logits = truth(ids)
    labels = torch.bernoulli(logits.sigmoid(), generator=draw)
    return ids, labels, logits


def shortfall(name: str, planted: tuple[Tensor, Tensor, Tensor]) -> float:
    """Train on all but the last rows; return how far the AUC on those stays below the truth's."""
    ids, labels, truth = planted
    torch.manual_seed(0)
    model = create_model(name, FIELDS)
    optimizer = torch.optim.Adam(model.parameters(), lr=0.02, weight_decay=1e-5)
    for _ in range(4):
        for rows in torch.randperm(ROWS - TESTED).split(256):
            optimizer.zero_grad()
            logits = model(ids[rows])
            nn.functional.binary_cross_entropy_with_logits(logits, labels[rows]).backward()
            optimizer.step()
    model.eval()
    tested = labels[-TESTED:].bool().numpy()
    with torch.no_grad():
        found = auc(tested, model(ids[-TESTED:]).double().numpy())
    return auc(tested, truth[-TESTED:].double().numpy()) - found


@pytest.mark.parametrize("name", ["fm", "vfm", "deepfm"])
def test_a_model_with_pairwise_interactions_recovers_a_planted_fm(
    name: str, planted: tuple[Tensor, Tensor, Tensor]
) -> None:
    assert shortfall(name, planted) < 0.02


@pytest.mark.parametrize("name", ["dnn", "wide_deep"])
def test_a_deep_model_comes_close_to_a_planted_fm(
    name: str, planted: tuple[Tensor, Tensor, Tensor]
) -> None:
    assert shortfall(name, planted) < 0.04


def test_a_linear_model_cannot_learn_a_planted_fm(
    planted: tuple[Tensor, Tensor, Tensor],
) -> None:
    assert shortfall("lr", planted) > 0.2
