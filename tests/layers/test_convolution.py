"""Windows and largest numbers against torch's own convolution and a hand's count."""

import pytest
import torch

from fmbench.layers import ConvolutionStack
from fmbench.layers.convolution import largest, windows


@pytest.mark.parametrize("height", [1, 2, 3, 6])
def test_windows_are_what_a_convolution_sees(height: int) -> None:
    draw = torch.Generator().manual_seed(0)
    maps = torch.randn(2, 4, 5, 3, generator=draw).double()
    weight = torch.randn(7, 3, height, 1, generator=draw).double()
    seen = windows(maps, height, height - 1, height - 1)
    found = seen @ weight.permute(2, 1, 0, 3).reshape(height * 3, 7)
    images = maps.permute(0, 3, 1, 2)
    expected = torch.nn.functional.conv2d(images, weight, padding=(height - 1, 0))
    torch.testing.assert_close(found.permute(0, 3, 1, 2), expected)


def test_the_largest_keep_their_order_and_the_first_of_equals() -> None:
    column = torch.tensor([[[2.0], [5.0], [2.0], [3.0], [2.0]]])
    assert largest(column, 3).tolist() == [[[2.0], [5.0], [3.0]]]
    assert largest(column, 9).tolist() == column.tolist()
    column.requires_grad_()
    largest(column, 3).sum().backward()
    assert column.grad is not None
    assert column.grad.flatten().tolist() == [1.0, 1.0, 0.0, 1.0, 0.0]


@pytest.mark.parametrize(
    ("fields", "layers", "kept"), [(40, 3, [35, 13, 3]), (4, 2, [3, 3]), (1, 2, [3, 3])]
)
def test_pools_shrink_with_depth_as_the_paper_says(
    fields: int, layers: int, kept: list[int]
) -> None:
    stack = ConvolutionStack(fields, 2, [2] * layers, 3)
    assert stack.kept == kept
    assert stack(torch.randn(5, fields, 2)).shape == (5, stack.outputs)
