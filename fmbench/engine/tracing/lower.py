"""Lowering: from a graph of tensor operations to a program of the machine."""

import math
from collections.abc import Callable, Sequence
from typing import Any, cast

import torch

from fmbench.engine.ops import Op
from fmbench.engine.tracing.elementary import BINARY, COMPARED, FILLED, LINEAR, SAME, UNARY, VIEWS
from fmbench.engine.tracing.graph import Node
from fmbench.engine.tracing.program import Block, Builder, Unsupported, Value

aten = torch.ops.aten
Handler = Callable[["Lowering", Node], Any]

HANDLERS: dict[Any, Handler] = {}


def handles(*targets: Any) -> Callable[[Handler], Handler]:
    """Register how operations become instructions."""

    def register(handler: Handler) -> Handler:
        HANDLERS.update(dict.fromkeys(targets, handler))
        return handler

    return register


class Values(dict[Any, Any]):
    """What each node stands for."""

    def __missing__(self, node: Any) -> Any:
        raise Unsupported("ids, whole numbers or constants that the model computes with")


class Lowering:
    """Goes through a graph's nodes; each becomes a `Value`, a tuple of them, or None."""

    def __init__(self, builder: Builder, values: dict[Node, Any]) -> None:
        self.builder = builder
        self.values = Values(values)
        self.kept: set[Block] = {value.block for value in values.values()}
        """Blocks that are never handed out again."""

    def run(
        self, nodes: Sequence[Node], outputs: Sequence[Node], before: dict[int, Callable[[], None]]
    ) -> None:
        """Lower `nodes`, giving memory back after the last use of each piece.

        `outputs` are kept to the end; `before` says what to add ahead of some of the nodes.
        """
        last: dict[Node, int] = {}
        for place, node in enumerate(nodes):
            last.update(dict.fromkeys((*node.inputs, node), place))
        last.update(dict.fromkeys(outputs, len(nodes)))
        ends: dict[Block, int] = {}
        for place, node in enumerate(nodes):
            if place in before:
                before[place]()
            if node not in self.values:
                self.values[node] = self.lower(node)
            for block in _blocks(self.values[node]) - self.kept:
                ends[block] = max(ends.get(block, 0), last[node])
            # Views of a piece are made before its last use, and each defers the end to its own.
            for block in [b for b, end in ends.items() if end == place]:
                del ends[block]
                self.builder.release(block)

    def lower(self, node: Node) -> Any:
        """Return what a node stands for, after adding its instructions."""
        target, args = node.target, node.args
        if node.item is not None:
            return self.values[args[0]][node.item]
        if target in VIEWS:
            source = self.values[args[0]]
            if target is aten.view.default and not source.view.is_contiguous():
                return _reshape(self, node)  # torch may have had it in another order of memory
            views = target(source.view, *args[1:], **node.kwargs)
            if isinstance(views, torch.Tensor):
                return source.of(views)
            return tuple(source.of(view) for view in views)
        if target in SAME:
            return self.values[args[0]]
        if target in UNARY:
            return self.each(node, UNARY[target], args[:1])
        if target in COMPARED:
            return self.each(node, COMPARED[target], args[:1], float(args[1]))
        if target in LINEAR and not isinstance(args[1], Node):
            return self.each(node, Op.AFFINE, args[:1], *LINEAR[target](float(args[1])))
        if target in BINARY and isinstance(args[0], Node):
            if node.kwargs.get("alpha", 1) != 1 or node.kwargs.get("rounding_mode"):
                raise Unsupported(f"{target} with {node.kwargs}")
            return self.each(node, BINARY[target], args[:2])
        if target in FILLED:
            return self.each(node, Op.FILL, (), float(FILLED[target](node)))
        if target not in HANDLERS:
            raise Unsupported(str(target))
        try:
            return HANDLERS[target](self, node)
        except (IndexError, TypeError, ValueError, RuntimeError) as error:
            raise Unsupported(f"{target} with arguments of another kind") from error

    def each(
        self, node: Node, op: Op, args: Sequence[Any], p: float = 0.0, q: float = 0.0
    ) -> Value:
        """Add an operation element by element with the node's own output shape."""
        out = self.builder.new(node.shape)
        return self.builder.emit(op, out, [self.values[a] for a in args], p, q)

    def dense(self, value: Value) -> Value:
        """Return a value whose numbers lie side by side in order."""
        if value.view.is_contiguous():
            return value
        return self.builder.emit(Op.COPY, self.builder.new(value.view.shape), [value])


def _blocks(value: Any) -> set[Block]:
    if isinstance(value, tuple):
        return {block for part in value for block in _blocks(part)}
    return {value.block} if isinstance(value, Value) else set()


@handles(aten.clone.default, aten._to_copy.default)
def _copy(low: Lowering, node: Node) -> Value:
    kept, source = node.dtype, node.args[0].dtype
    if source.is_floating_point and not kept.is_floating_point:
        raise Unsupported(f"numbers as {kept}")
    return low.each(node, Op.COPY, node.args[:1])


@handles(aten.reshape.default)
def _reshape(low: Lowering, node: Node) -> Value:
    source = low.dense(low.values[node.args[0]])
    return source.of(source.view.view(node.shape))


@handles(aten.pow.Tensor_Scalar)
def _power(low: Lowering, node: Node) -> Value:
    base, exponent = node.args
    if exponent == 1:
        return cast("Value", low.values[base])
    if exponent == 2:
        return low.each(node, Op.MUL, (base, base))
    if exponent in (0.5, -0.5):
        return low.each(node, Op.SQRT if exponent > 0 else Op.RSQRT, (base,))
    return low.each(node, Op.POWER, (base,), float(exponent))


@handles(aten.log1p.default)
def _log_of_one_more(low: Lowering, node: Node) -> Value:
    more = low.each(node, Op.AFFINE, node.args, 1.0, 1.0)
    return low.builder.emit(Op.LOG, more, [more])


@handles(aten.masked_fill.Scalar)
def _fill_where(low: Lowering, node: Node) -> Value:
    source, mask, number = node.args
    out = low.each(node, Op.FILL, (), float(number))
    return low.builder.emit(Op.WHERE, out, [low.values[mask], out, low.values[source]])


@handles(aten.clamp.default, aten.clamp_min.default, aten.clamp_max.default)
def _clamp(low: Lowering, node: Node) -> Value:
    bounds = [*node.args[1:], None][:2]
    if node.target is aten.clamp_max.default:
        bounds = [None, bounds[0]]
    least, most = bounds
    least, most = -math.inf if least is None else least, math.inf if most is None else most
    return low.each(node, Op.CLAMP, node.args[:1], float(least), float(most))


@handles(aten.where.self)
def _where(low: Lowering, node: Node) -> Value:
    return low.each(node, Op.WHERE, node.args)


@handles(aten.threshold_backward.default)
def _threshold(low: Lowering, node: Node) -> Value:
    return low.each(node, Op.THRESHOLD_GRAD, node.args[:2], float(node.args[2]))


@handles(
    aten.sum.dim_IntList, aten.sum.default, aten.mean.dim, aten.mean.default, aten.amax.default
)  # fmt: skip
def _reduce(low: Lowering, node: Node) -> Value:
    source = low.values[node.args[0]]
    out = low.builder.new(node.shape)
    if node.target is aten.amax.default:
        _gather(low, Op.AMAX, out, source, node.args[1:2])
    elif node.target in (aten.mean.dim, aten.mean.default):
        _mean(low, out, source, node.args[1:2])
    else:
        _gather(low, Op.SUM, out, source, node.args[1:2])
    return out


@handles(aten.var_mean.correction)
def _spread(low: Lowering, node: Node) -> tuple[Value, Value]:
    """Return variance and mean, from the differences to the mean."""
    source, rest = low.values[node.args[0]], node.args[1:2]
    variance, mean = (low.builder.new(user.shape) for user in node.users[:2])
    if node.kwargs.get("correction", 1) != 0 or not node.kwargs.get("keepdim", False):
        raise Unsupported(f"{node.target} with {node.kwargs}")
    _mean(low, mean, source, rest)
    apart = low.builder.emit(Op.SUB, low.builder.new(source.view.shape), [source, mean])
    low.builder.emit(Op.MUL, apart, [apart, apart])
    _mean(low, variance, apart, rest)
    low.builder.release(apart.block)
    return variance, mean


def _gather(low: Lowering, op: Op, out: Value, source: Value, dims: Sequence[Any]) -> None:
    """Reduce `source` over `dims`, or over all of them if none are given."""
    rank = source.view.dim()
    gone = {d % rank for d in (dims[0] if dims and dims[0] else range(rank))} if rank else set()
    keep = [1 if d in gone else n for d, n in enumerate(source.view.shape)]
    low.builder.emit(op, out.of(out.view.view(keep).expand(source.view.shape)), [source])


def _mean(low: Lowering, out: Value, source: Value, dims: Sequence[Any]) -> None:
    _gather(low, Op.SUM, out, source, dims)
    low.builder.emit(Op.AFFINE, out, [out], out.view.numel() / max(source.view.numel(), 1))


@handles(aten.mm.default, aten.bmm.default)
def _product(low: Lowering, node: Node) -> Value:
    x, y = (low.values[a] for a in node.args)
    return _matmul(low, x, y, node)


@handles(aten.mv.default)
def _times_vector(low: Lowering, node: Node) -> Value:
    x, y = (low.values[a] for a in node.args)
    return _matmul(low, x, y.of(y.view.unsqueeze(1)), node)


def _matmul(low: Lowering, x: Value, y: Value, node: Node) -> Value:
    out = low.builder.new(node.shape)
    x, x_flag = _factor(low, x)
    y, y_flag = _factor(low, y)
    batches, m, k = x.view.shape
    line = [int(Op.MATMUL), batches, m, y.view.shape[2], k, out.offset, 0, 0, 0, 0]
    line += [x.offset, x.view.stride(0), x_flag, 0, 0, y.offset, y.view.stride(0), y_flag]
    low.builder.add(line)
    return out


def _factor(low: Lowering, value: Value) -> tuple[Value, int]:
    """Return a matrix or a batch of them as BLAS can read it, and whether that is by columns."""
    if value.view.dim() == 2:
        value = value.of(value.view.unsqueeze(0))
    one = value.view[:1]
    if one.is_contiguous():
        return value, 0
    if one.transpose(1, 2).is_contiguous():
        return value, 1
    return low.dense(value), 0


@handles(aten.addmm.default)
def _affine(low: Lowering, node: Node) -> Value:
    bias, x, y = (low.values[a] for a in node.args)
    if any(node.kwargs.get(key, 1) != 1 for key in ("alpha", "beta")):
        raise Unsupported(f"addmm with {node.kwargs}")
    product = _matmul(low, x, y, node)
    return low.builder.emit(Op.ADD, product, [product, bias])
