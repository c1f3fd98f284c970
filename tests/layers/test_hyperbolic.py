"""Lorentz products against the paper's expression, their bounds and short vectors."""

import math

import naive
import pytest
import torch
from torch import Tensor

from fmbench.layers import pairs
from fmbench.layers.hyperbolic import lorentz_products


def drawn(*shape: int) -> Tensor:
    return torch.randn(shape, generator=torch.Generator().manual_seed(0)).double()


@pytest.mark.parametrize("fields", [1, 2, 5])
def test_products_are_those_of_the_paper(fields: int) -> None:
    vectors = drawn(3, fields, 4)
    found = lorentz_products(vectors)
    assert found.shape == (3, len(pairs(fields)))
    for row, v in enumerate(vectors.tolist()):
        times = [math.sqrt(1 + naive.dot(x, x)) for x in v]
        expected = [
            (1 - (naive.dot(v[f], v[g]) - times[f] * times[g]) - times[f] - times[g])
            / (times[f] * times[g])
            for f, g in pairs(fields)
        ]
        assert found[row].tolist() == pytest.approx(expected)


def test_products_are_bounded_and_come_close_to_their_bounds() -> None:
    sizes = torch.cat([drawn(4000).abs() * 3, torch.tensor([1e6, 3**0.5]).double()])
    ends = torch.stack([sizes, sizes.flip(0) * drawn(1, 4002).sign()[0]], 1).unsqueeze(2)
    twice = torch.cat([ends, sizes[:, None, None].expand(-1, 2, 1)])
    opposite = twice * torch.tensor([[1.0], [-1.0]]).double()
    found = lorentz_products(torch.cat([twice, opposite]))
    assert found.min() >= -0.5 - 1e-12
    assert found.min() == pytest.approx(-0.5)
    assert found.max() <= 2
    assert found.max() == pytest.approx(2, abs=1e-5)


def test_of_short_vectors_float32_keeps_more_than_the_plain_difference() -> None:
    short = 1e-3 * drawn(1, 2, 8)
    exact, found = lorentz_products(short), lorentz_products(short.float())
    torch.testing.assert_close(found.double(), exact, rtol=1e-5, atol=0)
