"""Operations element by element, on elements that lie side by side."""

import math

import numpy as np
from numpy.typing import NDArray

from fmbench.engine.kernels.jit import kernel
from fmbench.engine.ops import Op

Floats = NDArray[np.floating]

FILL = int(Op.FILL)
AFFINE = int(Op.AFFINE)
NEG = int(Op.NEG)
ABS = int(Op.ABS)
RELU = int(Op.RELU)
SIGMOID = int(Op.SIGMOID)
TANH = int(Op.TANH)
ERF = int(Op.ERF)
EXP = int(Op.EXP)
LOG = int(Op.LOG)
SQRT = int(Op.SQRT)
RSQRT = int(Op.RSQRT)
SIN = int(Op.SIN)
COS = int(Op.COS)
RECIPROCAL = int(Op.RECIPROCAL)
POWER = int(Op.POWER)
CLAMP = int(Op.CLAMP)
SIGN = int(Op.SIGN)
EQ_CONST = int(Op.EQ_CONST)
NE_CONST = int(Op.NE_CONST)
GT_CONST = int(Op.GT_CONST)
GE_CONST = int(Op.GE_CONST)
LT_CONST = int(Op.LT_CONST)
LE_CONST = int(Op.LE_CONST)
ADD = int(Op.ADD)
SUB = int(Op.SUB)
MUL = int(Op.MUL)
DIV = int(Op.DIV)
MAXIMUM = int(Op.MAXIMUM)
MINIMUM = int(Op.MINIMUM)
ATAN2 = int(Op.ATAN2)
EQ = int(Op.EQ)
GT = int(Op.GT)
GE = int(Op.GE)
LT = int(Op.LT)
LE = int(Op.LE)
THRESHOLD_GRAD = int(Op.THRESHOLD_GRAD)
SIGMOID_GRAD = int(Op.SIGMOID_GRAD)
TANH_GRAD = int(Op.TANH_GRAD)


@kernel
def unary(op: int, out: Floats, x: Floats, p: float, q: float) -> None:
    """Fill `out` by an operation on `x`."""
    n, one, zero = len(out), out.dtype.type(1), out.dtype.type(0)
    if op == FILL:
        for j in range(n):
            out[j] = p
    elif op == AFFINE:
        for j in range(n):
            out[j] = p * x[j] + q
    elif op == NEG:
        for j in range(n):
            out[j] = -x[j]
    elif op == ABS:
        for j in range(n):
            out[j] = abs(x[j])
    elif op == RELU:
        for j in range(n):
            out[j] = zero if x[j] < zero else x[j]
    elif op == SIGMOID:
        for j in range(n):
            out[j] = one / (one + np.exp(-x[j]))
    elif op == TANH:
        for j in range(n):
            out[j] = np.tanh(x[j])
    elif op == ERF:
        for j in range(n):
            out[j] = math.erf(x[j])
    elif op == EXP:
        for j in range(n):
            out[j] = np.exp(x[j])
    elif op == LOG:
        for j in range(n):
            out[j] = np.log(x[j])
    elif op == SQRT:
        for j in range(n):
            out[j] = np.sqrt(x[j])
    elif op == RSQRT:
        for j in range(n):
            out[j] = one / np.sqrt(x[j])
    elif op == SIN:
        for j in range(n):
            out[j] = np.sin(x[j])
    elif op == COS:
        for j in range(n):
            out[j] = np.cos(x[j])
    elif op == RECIPROCAL:
        for j in range(n):
            out[j] = one / x[j]
    elif op == POWER:
        for j in range(n):
            out[j] = x[j] ** p
    elif op == CLAMP:
        for j in range(n):
            out[j] = min(max(x[j], p), q)
    elif op == SIGN:
        for j in range(n):
            out[j] = np.sign(x[j])


@kernel
def compared(op: int, out: Floats, x: Floats, p: float) -> None:
    """Fill `out` with 1 where `x` compares to `p` as the operation says, else 0."""
    n, one, zero = len(out), out.dtype.type(1), out.dtype.type(0)
    if op == EQ_CONST:
        for j in range(n):
            out[j] = one if x[j] == p else zero
    elif op == NE_CONST:
        for j in range(n):
            out[j] = one if x[j] != p else zero
    elif op == GT_CONST:
        for j in range(n):
            out[j] = one if x[j] > p else zero
    elif op == GE_CONST:
        for j in range(n):
            out[j] = one if x[j] >= p else zero
    elif op == LT_CONST:
        for j in range(n):
            out[j] = one if x[j] < p else zero
    elif op == LE_CONST:
        for j in range(n):
            out[j] = one if x[j] <= p else zero


@kernel
def binary(op: int, out: Floats, x: Floats, y: Floats, p: float, q: float) -> None:
    """Fill `out` by an operation on `x` and `y`."""
    n, one, zero = len(out), out.dtype.type(1), out.dtype.type(0)
    if op == ADD:
        for j in range(n):
            out[j] = x[j] + y[j]
    elif op == SUB:
        for j in range(n):
            out[j] = x[j] - y[j]
    elif op == MUL:
        for j in range(n):
            out[j] = x[j] * y[j]
    elif op == DIV:
        for j in range(n):
            out[j] = x[j] / y[j]
    elif op == MAXIMUM:
        for j in range(n):
            out[j] = max(x[j], y[j])
    elif op == MINIMUM:
        for j in range(n):
            out[j] = min(x[j], y[j])
    elif op == ATAN2:
        for j in range(n):
            out[j] = np.arctan2(x[j], y[j])
    elif op == EQ:
        for j in range(n):
            out[j] = one if x[j] == y[j] else zero
    elif op == GT:
        for j in range(n):
            out[j] = one if x[j] > y[j] else zero
    elif op == GE:
        for j in range(n):
            out[j] = one if x[j] >= y[j] else zero
    elif op == LT:
        for j in range(n):
            out[j] = one if x[j] < y[j] else zero
    elif op == LE:
        for j in range(n):
            out[j] = one if x[j] <= y[j] else zero
    elif op == THRESHOLD_GRAD:
        for j in range(n):
            out[j] = x[j] if y[j] > p else zero
    elif op == SIGMOID_GRAD:
        for j in range(n):
            out[j] = x[j] * y[j] * (one - y[j])
    elif op == TANH_GRAD:
        for j in range(n):
            out[j] = x[j] * (one - y[j] * y[j])
