"""Products of pairs against loops over the pairs."""

import naive
import pytest
import torch
from torch import Tensor

from fmbench.layers import (
    aware_products,
    hadamard_products,
    hadamard_sum,
    inner_products,
    outer_product_of_sum,
    pairs,
)
from fmbench.layers.products import both_sides

every_size = pytest.mark.parametrize("fields", [1, 2, 5])


def drawn(*shape: int) -> Tensor:
    return torch.randn(shape, generator=torch.Generator().manual_seed(0)).double()


@every_size
def test_pairs_are_all_pairs_each_once(fields: int) -> None:
    assert pairs(fields) == naive.pairs(fields)
    assert len(set(pairs(fields))) == fields * (fields - 1) // 2
    assert all(left < right for left, right in pairs(fields))


@every_size
def test_products_are_those_of_plain_loops(fields: int) -> None:
    vectors, n = drawn(3, fields, 4), len(pairs(fields))
    left, right = both_sides(vectors)
    assert left.shape == right.shape == hadamard_products(vectors).shape == (3, n, 4)
    assert inner_products(vectors).shape == (3, n)
    for row, v in enumerate(vectors.tolist()):
        products = [naive.hadamard(v[f], v[g]) for f, g in pairs(fields)]
        assert left[row].tolist() == [v[f] for f, _ in pairs(fields)]
        assert right[row].tolist() == [v[g] for _, g in pairs(fields)]
        assert hadamard_products(vectors)[row].tolist() == products
        assert inner_products(vectors)[row].tolist() == pytest.approx([sum(p) for p in products])
        summed = [sum(p[k] for p in products) for k in range(4)]
        assert hadamard_sum(vectors)[row].tolist() == pytest.approx(summed)
        assert outer_product_of_sum(vectors)[row].tolist() == pytest.approx(
            [sum(a[i] * b[j] for a in v for b in v) for i in range(4) for j in range(4)]
        )


@every_size
def test_aware_products_are_of_the_vectors_for_each_other(fields: int) -> None:
    vectors = drawn(3, fields, fields, 4)
    for row, v in enumerate(vectors.tolist()):
        expected = [naive.hadamard(v[f][g], v[g][f]) for f, g in pairs(fields)]
        assert aware_products(vectors)[row].tolist() == expected
