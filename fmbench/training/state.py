"""What a model holds: its tensors, those that share memory, and what is not a tensor."""

import copy
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor, nn


def sharing(model: nn.Module) -> tuple[str, str] | None:
    """Return the names of two tensors of a model that lie in the same memory; None if no two do.

    The tensors are parameters and buffers. One parameter under two names, which is how weights are
    tied, is one tensor; two parameters over one storage are two to an optimizer, each with moments
    of its own.
    """
    held = [*model.named_parameters(), *model.named_buffers()]
    places = sorted(
        (str(tensor.device), tensor.data_ptr(), _end(tensor), name)
        for name, tensor in held
        if tensor.layout == torch.strided and tensor.device.type != "meta" and tensor.numel()
    )
    last: tuple[str, int, int, str] | None = None
    for place in places:
        if last and last[0] == place[0] and place[1] < last[2]:
            return last[3], place[3]
        last = place
    return None


def _end(tensor: Tensor) -> int:
    """Return the address after a tensor's last element."""
    steps = zip(tensor.shape, tensor.stride(), strict=True)
    return tensor.data_ptr() + tensor.element_size() * (1 + sum((n - 1) * s for n, s in steps))


def held_by(model: nn.Module) -> dict[str, Any]:
    """Return a model's state with the buffers that `state_dict` leaves out; nothing is copied."""
    buffers = {name: buffer.detach() for name, buffer in model.named_buffers()}
    return {**buffers, **model.state_dict()}


def put_back(model: nn.Module, held: Mapping[str, Any]) -> None:
    """Give a model the state that it had when `held_by` returned it."""
    saved = model.state_dict().keys()
    model.load_state_dict({name: value for name, value in held.items() if name in saved})
    for name, buffer in model.named_buffers():
        if name in held and not torch.equal(buffer, held[name]):
            buffer.data = held[name].clone()  # whatever its shape has become


def in_python(model: nn.Module) -> list[str]:
    """Return what a model's parts hold in Python, where a step could leave something."""
    return [
        repr({n: value for n, value in vars(part).items() if n[0] != "_" and n != "training"})
        for part in model.modules()
    ]


@contextmanager
def left_as_it_is(model: nn.Module) -> Iterator[None]:
    """Undo what a model's parts meanwhile bind anew, and what they put into lists and the like.

    What is written into a tensor stays.
    """
    parts = list(model.modules())
    bound = [(vars(part), dict(vars(part))) for part in parts]
    bound += [(part._buffers, dict(part._buffers)) for part in parts]
    filled = [
        (value, copy.copy(value))
        for part in parts
        for name, value in vars(part).items()
        if name[0] != "_" and isinstance(value, list | dict | set)
    ]
    try:
        yield
    finally:
        for names, before in bound:
            names.clear()
            names.update(before)
        for value, content in filled:
            value.clear()
            (value.extend if isinstance(value, list) else value.update)(content)
