"""Operations of torch that take one instruction of the machine, or none at all."""

from collections.abc import Callable
from typing import Any

import torch

from fmbench.engine.ops import Op
from fmbench.engine.tracing.graph import Node

aten = torch.ops.aten

VIEWS: set[Any] = {
    aten.view.default, aten._unsafe_view.default, aten.t.default, aten.transpose.int,
    aten.permute.default, aten.expand.default, aten.unsqueeze.default, aten.squeeze.dim,
    aten.squeeze.dims, aten.squeeze.default, aten.slice.Tensor, aten.select.int,
    aten.split.Tensor, aten.split_with_sizes.default, aten.unbind.int, aten.unfold.default,
    aten.diagonal.default,
}  # fmt: skip
SAME = {aten.detach.default, aten.alias.default, aten.lift_fresh_copy.default}
UNARY = {
    aten.neg.default: Op.NEG, aten.abs.default: Op.ABS, aten.relu.default: Op.RELU,
    aten.sigmoid.default: Op.SIGMOID, aten.erf.default: Op.ERF,
    aten.tanh.default: Op.TANH, aten.exp.default: Op.EXP,
    aten.log.default: Op.LOG, aten.sqrt.default: Op.SQRT, aten.rsqrt.default: Op.RSQRT,
    aten.sin.default: Op.SIN, aten.cos.default: Op.COS,
    aten.reciprocal.default: Op.RECIPROCAL, aten.sgn.default: Op.SIGN, aten.sign.default: Op.SIGN,
}  # fmt: skip
BINARY = {
    aten.add.Tensor: Op.ADD, aten.sub.Tensor: Op.SUB, aten.mul.Tensor: Op.MUL,
    aten.div.Tensor: Op.DIV, aten.maximum.default: Op.MAXIMUM, aten.minimum.default: Op.MINIMUM,
    aten.atan2.default: Op.ATAN2,
    aten.eq.Tensor: Op.EQ, aten.gt.Tensor: Op.GT, aten.ge.Tensor: Op.GE, aten.lt.Tensor: Op.LT,
    aten.le.Tensor: Op.LE, aten.sigmoid_backward.default: Op.SIGMOID_GRAD,
    aten.tanh_backward.default: Op.TANH_GRAD, aten.logical_and.default: Op.MUL,
    aten.bitwise_and.Tensor: Op.MUL,
}  # fmt: skip
COMPARED = {
    aten.eq.Scalar: Op.EQ_CONST, aten.ne.Scalar: Op.NE_CONST, aten.gt.Scalar: Op.GT_CONST,
    aten.ge.Scalar: Op.GE_CONST, aten.lt.Scalar: Op.LT_CONST, aten.le.Scalar: Op.LE_CONST,
}  # fmt: skip
LINEAR: dict[Any, Callable[[float], tuple[float, float]]] = {
    aten.add.Tensor: lambda k: (1.0, k), aten.add.Scalar: lambda k: (1.0, k),
    aten.sub.Tensor: lambda k: (1.0, -k), aten.sub.Scalar: lambda k: (1.0, -k),
    aten.rsub.Scalar: lambda k: (-1.0, k), aten.mul.Tensor: lambda k: (k, 0.0),
    aten.mul.Scalar: lambda k: (k, 0.0), aten.div.Tensor: lambda k: (1 / k, 0.0),
    aten.div.Scalar: lambda k: (1 / k, 0.0), aten.div_.Scalar: lambda k: (1 / k, 0.0),
}  # fmt: skip
FILLED: dict[Any, Callable[[Node], float]] = {
    aten.zeros.default: lambda n: 0.0, aten.zeros_like.default: lambda n: 0.0,
    aten.new_zeros.default: lambda n: 0.0, aten.ones.default: lambda n: 1.0,
    aten.ones_like.default: lambda n: 1.0, aten.full.default: lambda n: n.args[1],
    aten.full_like.default: lambda n: n.args[1], aten.scalar_tensor.default: lambda n: n.args[0],
}  # fmt: skip
