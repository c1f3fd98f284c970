"""What each part of a model moves, on models whose parts are known."""

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from fmbench.fields import Field
from fmbench.harness.moved import moved
from fmbench.models import create_model
from fmbench.training.predict import predict

FIELDS = [Field("user", 50), Field("movie", 30)]
IDS = torch.stack([torch.arange(900) % 48 + 2, torch.arange(900) % 27 + 2], 1)


class Known(nn.Module):
    """A sum of a part as it is, a tenth of another, and one that puts out the same for all."""

    def __init__(self) -> None:
        super().__init__()
        self.large = nn.Linear(2, 1)
        self.small = nn.Linear(2, 1)
        self.same = nn.Linear(2, 1)
        self.unused = nn.Linear(2, 1)
        with torch.no_grad():
            self.large.weight[:] = torch.tensor([[1.0, 0.0]])
            self.small.weight[:] = torch.tensor([[0.0, 0.1]])
            self.same.weight.zero_()

    def forward(self, ids: Tensor) -> Tensor:
        x = ids.float()
        total: Tensor = (self.large(x) + self.small(x) + self.same(x)).squeeze(1)
        return total


def test_a_part_moves_the_logits_by_what_it_scatters() -> None:
    logits = predict(Known(), IDS)
    user, movie = IDS.double().numpy().T
    found = moved(Known(), IDS, logits)
    assert found == pytest.approx(
        {"large": user.std() / logits.std(), "small": 0.1 * movie.std() / logits.std(), "same": 0},
        abs=1e-6,
    )


def test_factors_at_zero_move_nothing_and_the_model_is_as_before() -> None:
    torch.manual_seed(0)
    model = create_model("fm", FIELDS)
    nn.init.normal_(model.linear.table.weight)
    nn.init.normal_(model.embedding.weight, std=1e-4)
    logits = predict(model, IDS)
    found = moved(model, IDS, logits)
    assert found["linear"] == pytest.approx(1, abs=1e-3)
    assert found["embedding"] < 1e-3 > found["pairwise"]
    assert np.array_equal(predict(model, IDS), logits)


def test_logits_that_are_one_number_are_moved_by_nothing() -> None:
    assert moved(create_model("lr", FIELDS), IDS, np.zeros(len(IDS))) == {}
