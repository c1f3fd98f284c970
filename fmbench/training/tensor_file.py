"""Files of named tensors in the format safetensors, written and read without a copy of them.

Eight bytes say how long the header is; the header is JSON and says where each tensor's bytes are
behind it. The library of that name makes copies of all that it writes or reads, which would count
as memory that a model needs.
"""

import math
import os
from collections.abc import Iterator, Mapping
from io import BufferedReader
from itertools import accumulate
from typing import Annotated

import msgspec
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

NAMES = {
    torch.bool: "BOOL",
    torch.uint8: "U8",
    torch.uint16: "U16",
    torch.uint32: "U32",
    torch.uint64: "U64",
    torch.int8: "I8",
    torch.int16: "I16",
    torch.int32: "I32",
    torch.int64: "I64",
    torch.float16: "F16",
    torch.bfloat16: "BF16",
    torch.float32: "F32",
    torch.float64: "F64",
    torch.complex64: "C64",
}
"""The format's name of each type that it has."""

_TYPES = {name: dtype for dtype, name in NAMES.items()}
_LONGEST_HEADER = 1 << 24
_WORD = 8
"""Bytes of the header's length, and what the header is padded to, so that tensors lie aligned."""

_Size = Annotated[int, msgspec.Meta(ge=0, le=1 << 48)]


class _Place(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a tensor is and where its bytes are, counted from the end of the header."""

    dtype: str
    shape: list[_Size]
    data_offsets: tuple[_Size, _Size]


def parts(tensors: Mapping[str, Tensor]) -> Iterator[bytes | memoryview]:
    """Return the bytes of a file piece by piece; those of a tensor are its own memory."""
    # The widest first: each then begins at a multiple of its width.
    order = sorted(tensors, key=lambda name: -tensors[name].element_size())
    ends = accumulate((tensors[name].nbytes for name in order), initial=0)
    header: dict[str, _Place] = {}
    begin = next(ends)
    for name, end in zip(order, ends, strict=True):
        header[name] = _Place(NAMES[tensors[name].dtype], [*tensors[name].shape], (begin, end))
        begin = end
    text = msgspec.json.encode(header)
    text += b" " * (-len(text) % _WORD)
    yield len(text).to_bytes(_WORD, "little") + text
    for name in order:
        yield _memory(tensors[name].detach().cpu().contiguous()).data


def read(file: BufferedReader, into: Mapping[str, Tensor] | None = None) -> dict[str, Tensor]:
    """Return the tensors of an open file.

    Each is read into the tensor of its name in `into`, where that is one like it in memory of the
    CPU, or else into memory of its own.

    Raises:
        ValueError: It is not as `parts` has it.
        RuntimeError: A tensor is of a size that no memory has.
    """
    length = int.from_bytes(file.read(_WORD), "little")
    left = os.fstat(file.fileno()).st_size - _WORD - length
    if length > _LONGEST_HEADER or left < 0:
        raise ValueError(f"the header has {length} bytes; expected fewer")
    header = msgspec.json.decode(file.read(length), type=dict[str, _Place])
    begin = 0
    for name, place in header.items():
        if place.dtype not in _TYPES:
            raise ValueError(f"{name} is of type {place.dtype}; expected one that is known")
        end = begin + math.prod(place.shape) * _TYPES[place.dtype].itemsize
        if place.data_offsets != (begin, end) or end > left:
            raise ValueError(f"{name} is at {place.data_offsets}; expected it at {begin, end}")
        begin = end
    if begin != left:
        raise ValueError(f"{left - begin} bytes follow the last tensor; expected none")
    tensors = {name: _target(place, (into or {}).get(name)) for name, place in header.items()}
    for name, tensor in tensors.items():
        if file.readinto(_memory(tensor).data) != tensor.nbytes:
            raise ValueError(f"{name} is cut short")
    return tensors


def _target(place: _Place, own: Tensor | None) -> Tensor:
    """Return the tensor that a place is read into."""
    dtype, shape = _TYPES[place.dtype], torch.Size(place.shape)
    if own is None or (own.dtype, own.shape, own.device.type) != (dtype, shape, "cpu"):
        return torch.empty(shape, dtype=dtype)
    return own.detach() if own.is_contiguous() else torch.empty(shape, dtype=dtype)


def _memory(tensor: Tensor) -> NDArray[np.uint8]:
    """Return the bytes of a contiguous tensor, `(bytes,)`, in its own memory."""
    found: NDArray[np.uint8] = tensor.reshape(-1).view(torch.uint8).numpy()
    return found
