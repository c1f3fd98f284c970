"""What a model holds: which tensors lie in one place, and what is given back to it."""

from collections.abc import Callable

import pytest
import torch
from torch import Tensor, nn

from fmbench.errors import UsageError
from fmbench.training.device import place
from fmbench.training.state import held_by, in_python, left_as_it_is, put_back, sharing


class Pair(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.one, self.other = nn.Linear(4, 4), nn.Linear(4, 4)
        self.whole = torch.zeros(20)


def wrapped(model: Pair) -> None:
    model.other.weight = nn.Parameter(model.one.weight)


def by_data(model: Pair) -> None:
    model.other.weight.data = model.one.weight.data


def transposed(model: Pair) -> None:
    model.other.weight = nn.Parameter(model.one.weight.T)


def overlapping(model: Pair) -> None:
    model.one.bias, model.other.bias = (nn.Parameter(model.whole[i : i + 4]) for i in (0, 3))


def buffer_of_a_parameter(model: Pair) -> None:
    model.register_buffer("view", model.one.weight.detach()[0], persistent=False)


def buffers(model: Pair) -> None:
    model.register_buffer("left", model.whole)
    model.register_buffer("right", model.whole[4:])


def nothing(model: Pair) -> None:
    pass


def tied(model: Pair) -> None:
    model.other.weight = model.one.weight


def tied_as_a_whole(model: Pair) -> None:
    model.other = model.one


def neighbours(model: Pair) -> None:
    model.one.bias, model.other.bias = (nn.Parameter(model.whole[i : i + 4]) for i in (0, 4))


def empty(model: Pair) -> None:
    model.register_buffer("none", model.whole[2:2])
    model.register_buffer("all", model.whole)


@pytest.mark.parametrize(
    "share", [wrapped, by_data, transposed, overlapping, buffer_of_a_parameter, buffers]
)
def test_tensors_in_one_place_are_named(share: Callable[[Pair], None]) -> None:
    model = Pair()
    share(model)
    found = sharing(model)
    assert found is not None
    held = dict(model.named_parameters()) | dict(model.named_buffers())
    assert len({held[name].untyped_storage().data_ptr() for name in found}) == 1


@pytest.mark.parametrize("share", [nothing, tied, tied_as_a_whole, neighbours, empty])
def test_ties_and_neighbours_are_no_sharing(share: Callable[[Pair], None]) -> None:
    model = Pair()
    share(model)
    assert sharing(model) is None


def test_what_shares_memory_is_not_parted_on_the_way_to_a_device() -> None:
    model = Pair()
    wrapped(model)
    assert place(model, torch.device("cpu")) is model
    with pytest.raises(UsageError, match=r"one\.weight and other\.weight lie in the same memory"):
        place(model, torch.device("meta"))
    tied(model)
    place(model, torch.device("meta"))


class Buffers(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.norm = nn.BatchNorm1d(2)
        self.register_buffer("kept", torch.zeros(2))
        self.register_buffer("left_out", torch.zeros(2), persistent=False)
        self.norm.register_buffer("inner", torch.zeros(2), persistent=False)
        self.calls, self.seen = 0, [1]


def test_buffers_of_all_kinds_are_put_back() -> None:
    model = Buffers()
    held = {name: tensor.clone() for name, tensor in held_by(model).items()}
    model.kept += 1
    model.left_out += 1
    model.norm.inner = torch.ones(5)  # bound anew, of another shape
    model.norm(torch.randn(9, 2))
    put_back(model, held)
    assert all(torch.equal(tensor, held[name]) for name, tensor in held_by(model).items())
    model.norm.inner += 1  # what was kept stays
    assert held["norm.inner"].tolist() == [0, 0]


def test_what_is_bound_anew_and_put_into_lists_is_undone() -> None:
    model = Buffers()
    before, seen, buffer = in_python(model), model.seen, model.left_out
    with pytest.raises(KeyError), left_as_it_is(model):
        model.calls += 1
        model.seen.append(2)
        model.norm.new = 3
        model.left_out = model.left_out + 1
        assert in_python(model) != before
        raise KeyError
    assert in_python(model) == before
    assert model.seen is seen
    assert isinstance(model.left_out, Tensor)
    assert model.left_out is buffer
