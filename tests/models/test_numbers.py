"""Models that tell numbers from other fields."""

import runpy
from pathlib import Path

import naive
import pytest
import torch

from fmbench.fields import Field
from fmbench.models import create_model

USER, MOVIE = Field("user", 7), Field("movie", 6)
AGE = Field("age", 6, kind="numeric")
SIZE = Field("size", 5, kind="numeric", values=(-1.5, 0.25, 2.0))
LAYOUTS = [(USER, AGE, MOVIE, SIZE), (SIZE, USER), (AGE, SIZE), (USER, MOVIE), (USER,), (AGE,)]


@pytest.mark.parametrize("fields", LAYOUTS)
def test_dlrm_is_its_formula_with_numbers_anywhere(fields: tuple[Field, ...]) -> None:
    torch.manual_seed(1)
    model = naive.randomise(create_model("dlrm", fields, embed_dim=4)).eval()
    ids = torch.stack([torch.randint(field.cardinality, (12,)) for field in fields], 1)
    logit = runpy.run_path(str(Path(__file__).with_name("formulas") / "dlrm.py"))["logit"]
    expected = naive.column([logit(model, row) for row in ids.tolist()])
    torch.testing.assert_close(model(ids), expected)


def test_dlrm_reads_numbers_by_their_mlp_alone() -> None:
    """A number is in no product by itself: where the bottom MLP hides it, nothing is left of it."""
    torch.manual_seed(1)
    model = naive.randomise(create_model("dlrm", (USER, AGE, MOVIE), embed_dim=4)).eval()
    ids = torch.tensor([[2, 2, 3], [2, 4, 3]])
    assert model(ids)[0] != model(ids)[1]
    model.bottom[0].weight.data.zero_()
    assert model(ids)[0] == model(ids)[1]
