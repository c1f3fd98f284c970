"""Circular convolution against its sum, its unit and its Fourier transform."""

import naive
import torch
from torch import Tensor

from fmbench.layers import circular_convolution, circular_sum


def drawn(*shape: int) -> Tensor:
    return torch.randn(shape, generator=torch.Generator().manual_seed(0)).double()


def test_convolution_is_a_product_of_fourier_transforms() -> None:
    left, right = drawn(2, 5, 6)
    transformed = torch.fft.rfft(left) * torch.fft.rfft(right)
    expected = torch.fft.irfft(transformed, n=6)
    torch.testing.assert_close(circular_convolution(left, right), expected)
    torch.testing.assert_close(circular_convolution(right, left), expected)


def test_convolution_with_a_shifted_unit_is_a_shift() -> None:
    vector, unit = torch.tensor([1.0, 2.0, 3.0, 4.0]), torch.tensor([0.0, 1.0, 0.0, 0.0])
    assert circular_convolution(vector, unit).tolist() == [4.0, 1.0, 2.0, 3.0]


def test_the_sum_is_that_of_all_pairs() -> None:
    vectors = drawn(3, 4, 5)
    pairs = [circular_convolution(vectors[:, f], vectors[:, g]) for f, g in naive.pairs(4)]
    torch.testing.assert_close(circular_sum(vectors), torch.stack(pairs).sum(0))
    torch.testing.assert_close(circular_sum(vectors[:, :1]), torch.zeros(3, 5).double())
