"""Programs under construction: memory, instructions, and how tensors lie in memory."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import torch
from numpy.typing import DTypeLike, NDArray
from torch import Tensor

from fmbench.engine.ops import CHUNK, WIDTH, Op

ALIGNMENT = 16
"""Numbers; a cache line of float32."""


class Unsupported(Exception):
    """An operation that the machine has no instruction for."""


@dataclass(slots=True, eq=False)
class Block:
    """A piece of memory."""

    start: int
    size: int


@dataclass(frozen=True, slots=True)
class Value:
    """A tensor in memory: where its numbers begin, and a tensor without numbers for its shape."""

    block: Block
    view: Tensor
    """Tensor on the device `meta`; its storage offset counts from the block's start."""

    @property
    def offset(self) -> int:
        """Where the first number stands."""
        return self.block.start + int(self.view.storage_offset())

    def of(self, view: Tensor) -> "Value":
        """Return another view of the same numbers."""
        return Value(self.block, view)


@dataclass(slots=True)
class Builder:
    """Collects instructions and hands out memory, old pieces again once they are free."""

    size: int = 0
    code: list[list[int]] = field(default_factory=list)
    constants: list[tuple[float, float]] = field(default_factory=list)
    scratch: int = 3 * CHUNK
    _free: dict[int, list[Block]] = field(default_factory=lambda: defaultdict(list))

    def new(self, shape: Sequence[int]) -> Value:
        """Make room for a tensor, its last dimension dense."""
        view = torch.empty(tuple(shape), device="meta")
        need = -(-max(view.numel(), 1) // ALIGNMENT) * ALIGNMENT
        if self._free[need]:
            return Value(self._free[need].pop(), view)
        self.size += need
        return Value(Block(self.size - need, need), view)

    def release(self, block: Block) -> None:
        """Let later tensors of this size have a block."""
        self._free[block.size].append(block)

    def emit(
        self, op: Op, out: Value, inputs: Sequence[Value] = (), p: float = 0.0, q: float = 0.0
    ) -> Value:
        """Add an operation element by element; inputs are broadcast to the first one's shape.

        A reduction's output is given as a view of the input's shape, with strides of 0.
        """
        shape = out.view.shape
        operands = [out, *(x.of(x.view.expand(shape)) for x in inputs)]
        extents, strides = _merge(list(shape), [list(x.view.stride()) for x in operands])
        line = [int(op), *extents]
        for operand, steps in zip(operands, strides, strict=True):
            line += [operand.offset, *steps]
        self.add(line, p, q)
        return out

    def add(self, line: Sequence[int], p: float = 0.0, q: float = 0.0) -> None:
        """Add an instruction as it stands."""
        self.code.append([*line, *[0] * (WIDTH - len(line))])
        self.constants.append((p, q))

    def done(self, dtype: DTypeLike) -> tuple[NDArray[np.int64], NDArray[np.floating]]:
        """Return the instructions and their constants."""
        code = np.array(self.code, np.int64).reshape(-1, WIDTH)
        return code, np.array(self.constants, dtype).reshape(-1, 2)


def _merge(shape: list[int], strides: list[list[int]]) -> tuple[list[int], list[list[int]]]:
    """Drop dimensions of one element, join those that lie in one stride, and fill up to four."""
    kept: list[int] = []
    steps: list[list[int]] = [[] for _ in strides]
    for d, extent in enumerate(shape):
        if extent == 1:
            continue
        if kept and all(s[-1] == own[d] * extent for s, own in zip(steps, strides, strict=True)):
            kept[-1] *= extent
            for s, own in zip(steps, strides, strict=True):
                s[-1] = own[d]
            continue
        kept.append(extent)
        for s, own in zip(steps, strides, strict=True):
            s.append(own[d])
    if len(kept) > 4:
        raise Unsupported(f"a loop over {len(kept)} dimensions")
    missing = 4 - len(kept)
    return [1] * missing + kept, [[0] * missing + s for s in steps]
