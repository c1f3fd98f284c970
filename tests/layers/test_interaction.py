"""The closed form against the sum over pairs that it stands for."""

import naive
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from fmbench.layers import PairwiseInteraction


def vectors(batch: int, fields: int, dim: int, seed: int) -> torch.Tensor:
    shape = (batch, fields, dim)
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


@settings(deadline=None)
@given(st.integers(0, 4), st.integers(1, 6), st.integers(1, 5), st.integers(0, 2**31))
def test_pairwise_is_the_sum_over_pairs(batch: int, fields: int, dim: int, seed: int) -> None:
    drawn = vectors(batch, fields, dim, seed)
    expected = naive.column([naive.pairwise(row) for row in drawn.tolist()])
    torch.testing.assert_close(PairwiseInteraction()(drawn), expected)


def test_a_field_does_not_act_on_itself() -> None:
    assert PairwiseInteraction()(vectors(3, 1, 4, 0)).tolist() == [0.0, 0.0, 0.0]


def test_the_gradient_of_a_field_is_the_sum_of_the_others() -> None:
    drawn = vectors(2, 3, 4, 0).requires_grad_()
    PairwiseInteraction()(drawn).sum().backward()
    torch.testing.assert_close(drawn.grad, (drawn.sum(1, keepdim=True) - drawn).detach())
