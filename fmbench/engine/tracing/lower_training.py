"""Instructions for what only training does: batch statistics and dropout."""

import torch

from fmbench.engine.ops import Op
from fmbench.engine.tracing.graph import Node
from fmbench.engine.tracing.lower import Lowering, handles
from fmbench.engine.tracing.program import Unsupported, Value

aten = torch.ops.aten


@handles(aten.native_batch_norm.default)
def _norm(low: Lowering, node: Node) -> tuple[Value, Value, Value]:
    source, weight, bias, mean, variance, training, momentum, eps = node.args
    if not training or None in (weight, bias, mean, variance) or len(source.shape) != 2:
        raise Unsupported("a BatchNorm other than of (rows, units), in training, with everything")
    x = low.dense(low.values[source])
    out = low.builder.new(x.view.shape)
    centre, inverse = (low.builder.new(x.view.shape[1:]) for _ in range(2))
    line = [int(Op.NORM), *x.view.shape, 0, 0, out.offset, 0, 0, 0, 0, x.offset, 0, 0, 0, 0]
    line += [centre.offset, inverse.offset, 0, 0, 0]
    line += [low.values[v].offset for v in (mean, variance, weight, bias)]
    low.builder.add(line, float(momentum), float(eps))
    return out, centre, inverse


@handles(aten.native_batch_norm_backward.default)
def _norm_grad(low: Lowering, node: Node) -> tuple[Value, Value, Value]:
    gradient, source, weight, _, _, mean, inverse, *_ = node.args
    g, x = low.dense(low.values[gradient]), low.dense(low.values[source])
    out = low.builder.new(x.view.shape)
    to_weight, to_bias = (low.builder.new(x.view.shape[1:]) for _ in range(2))
    line = [int(Op.NORM_GRAD), *x.view.shape, 0, 0]
    line += [out.offset, to_weight.offset, to_bias.offset, 0, 0]
    line += [g.offset, x.offset, low.values[weight].offset, 0, 0]
    line += [low.values[mean].offset, low.values[inverse].offset]
    low.builder.add(line)
    return out, to_weight, to_bias


@handles(aten.bernoulli_.float)
def _keep(low: Lowering, node: Node) -> Value:
    """Draw dropout's mask, already divided by the share kept."""
    share, scale = float(node.args[1]) if len(node.args) > 1 else 0.5, 1.0
    divided = [user for user in node.users if user.target is aten.div_.Scalar]
    if len(node.users) == 1 and divided:
        scale = 1 / float(divided[0].args[1])
    out = low.builder.new(node.shape)
    line = [int(Op.KEEP), 1, 1, 1, out.view.numel(), out.offset]
    low.builder.add(line, share, scale)
    if len(node.users) == 1 and divided:
        low.values[divided[0]] = out
    return out


@handles(aten.empty_like.default, aten.empty.memory_format)
def _nothing(low: Lowering, node: Node) -> None:
    """Leave what a later operation fills as a whole to that operation."""


@handles(aten.add_.Tensor)
def _count(low: Lowering, node: Node) -> None:
    """Leave BatchNorm's count of batches to whoever counts the steps."""
    counted = node.args[0]
    if not (counted.target is None and counted.dtype == torch.int64):
        raise Unsupported("add_ on anything but a count of batches")
