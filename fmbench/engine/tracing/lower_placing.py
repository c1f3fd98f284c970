"""Instructions for what puts tensors side by side, or one into a larger one."""

import torch

from fmbench.engine.ops import Op
from fmbench.engine.tracing.graph import Node
from fmbench.engine.tracing.lower import Lowering, handles
from fmbench.engine.tracing.program import Value

aten = torch.ops.aten


@handles(aten.cat.default)
def _cat(low: Lowering, node: Node) -> Value:
    parts, dim = node.args[0], node.args[1] if len(node.args) > 1 else 0
    out, start = low.builder.new(node.shape), 0
    for part in parts:
        value = low.values[part]
        width = value.view.shape[dim]
        low.builder.emit(Op.COPY, out.of(out.view.narrow(dim, start, width)), [value])
        start += width
    return out


@handles(aten.stack.default)
def _stack(low: Lowering, node: Node) -> Value:
    dim = node.args[1] if len(node.args) > 1 else 0
    out = low.builder.new(node.shape)
    for place, part in enumerate(node.args[0]):
        low.builder.emit(Op.COPY, out.of(out.view.select(dim, place)), [low.values[part]])
    return out


@handles(aten.slice_backward.default, aten.select_backward.default)
def _place(low: Lowering, node: Node) -> Value:
    gradient, _, *where = node.args
    out = low.each(node, Op.FILL, ())
    cut = aten.slice.Tensor if node.target is aten.slice_backward.default else aten.select.int
    low.builder.emit(Op.COPY, out.of(cut(out.view, *where)), [low.values[gradient]])
    return out


@handles(aten.diagonal_backward.default)
def _place_diagonal(low: Lowering, node: Node) -> Value:
    gradient, _, *where = node.args
    out = low.each(node, Op.FILL, ())
    cut = aten.diagonal.default(out.view, *where)
    low.builder.emit(Op.COPY, out.of(cut), [low.values[gradient]])
    return out
