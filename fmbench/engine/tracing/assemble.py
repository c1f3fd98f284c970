"""A traced model, laid out in memory and turned into a program."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
import torch
from numpy.typing import DTypeLike
from torch import Tensor

from fmbench.engine.kernels.steps import Program
from fmbench.engine.ops import Op, X, Y
from fmbench.engine.tracing import lower_placing as lower_placing
from fmbench.engine.tracing import lower_training as lower_training
from fmbench.engine.tracing.graph import Node
from fmbench.engine.tracing.lower import Lowering
from fmbench.engine.tracing.program import Block, Builder, Value
from fmbench.engine.tracing.trace import Parts, Trace


@dataclass(frozen=True, slots=True)
class Layout:
    """What stands at the same place in memory for every batch size."""

    parameters: dict[str, Value]
    gradients: dict[str, Value]
    buffers: dict[str, Value]
    count: int
    """How many numbers are learnt outside of the tables."""
    size: int
    """Numbers that all this takes in memory."""


def lay_out(parts: Parts, trace: Trace) -> Layout:
    """Give the parameters, their moments and gradients, and the buffers their places."""
    pairs = zip(parts.parameters, trace.to_parameters, strict=True)
    unused = {name for name, gradient in pairs if gradient is None}
    learnt = {name: p for name, p in parts.parameters.items() if name not in unused}
    count = sum(p.numel() for p in learnt.values())
    weights, end = _in_a_row(learnt, 0)
    gradients, _ = _in_a_row(learnt, 3 * count)
    floats = {n: b for n, b in {**parts.buffers}.items() if b.is_floating_point()}
    idle = {name: p for name, p in parts.parameters.items() if name in unused}
    buffers, end = _in_a_row({**floats, **idle}, 4 * count)
    return Layout(weights, gradients, buffers, count, end)


def _in_a_row(tensors: Mapping[str, Tensor], start: int) -> tuple[dict[str, Value], int]:
    values = {}
    for name, tensor in tensors.items():
        view = torch.empty(tensor.shape, device="meta")
        values[name] = Value(Block(start, tensor.numel()), view)
        start += tensor.numel()
    return values, start


def assemble(
    parts: Parts, trace: Trace, layout: Layout, size: int, dtype: DTypeLike, *, native: bool
) -> tuple[Program, Builder]:
    """Turn a trace into a program; without `native` it only says where things stand.

    Raises:
        Unsupported: The machine has no instruction for something in the trace.
    """
    builder = Builder(size=-(-layout.size // 16) * 16)
    fields = len(parts.tables[0].fields)
    shapes = [(size, fields, table.weight.shape[1]) for table in parts.tables]
    looked_up = [builder.new(shape) for shape in shapes]
    labels, cotangent, loss = builder.new((size,)), builder.new((size,)), builder.new(())
    if native:
        places = _translate(parts, trace, layout, builder, looked_up, labels, cotangent, loss)
    else:
        places = [builder.new(shape) for shape in shapes]
    code, constants = builder.done(dtype)
    return Program(
        code, constants, size, layout.count, labels.offset, loss.offset,
        np.array([v.offset for v in looked_up], np.int64),
        np.array([v.offset for v in places], np.int64),
    ), builder  # fmt: skip


def _translate(
    parts: Parts, trace: Trace, layout: Layout, builder: Builder,
    looked_up: Sequence[Value], labels: Value, cotangent: Value, loss: Value,
) -> list[Value]:  # fmt: skip
    """Add the instructions of a step; return where the lookups' gradients are."""
    known = {**layout.parameters, **layout.buffers}
    values = dict(zip(trace.looked_up, looked_up, strict=True))
    values |= {trace.labels: labels, trace.cotangent: cotangent}
    named = zip(trace.parameters, parts.parameters, strict=True)
    for node, name in [*named, *zip(trace.buffers, parts.buffers, strict=True)]:
        if name in known:
            values[node] = known[name]
    lowering = Lowering(builder, values)
    first = next(i for i, n in enumerate(trace.nodes) if trace.cotangent in n.inputs)
    compute_loss = partial(_loss, lowering, trace.logits, labels, cotangent, loss)
    lowering.run(trace.nodes, trace.outputs, {first: compute_loss})
    for name, gradient in zip(parts.parameters, trace.to_parameters, strict=True):
        if gradient is not None:
            builder.emit(Op.COPY, layout.gradients[name], [lowering.values[gradient]])
    return [lowering.dense(lowering.values[node]) for node in trace.to_looked_up]


def _loss(lowering: Lowering, logits: Node, labels: Value, cotangent: Value, loss: Value) -> None:
    value = lowering.values[logits]
    line = [int(Op.LOSS), value.view.shape[0], 0, 0, 0, cotangent.offset, loss.offset]
    line += [0] * (X - len(line)) + [value.offset, value.view.stride(0)]
    line += [0] * (Y - len(line)) + [labels.offset]
    lowering.builder.add(line)
