"""The machine: runs a program, a matrix of instructions, on one flat memory."""

import numpy as np
from numpy.typing import NDArray

from fmbench.engine.kernels.elementwise import binary, compared, unary
from fmbench.engine.kernels.jit import kernel
from fmbench.engine.kernels.whole import keep, loss, matmul, norm, norm_grad
from fmbench.engine.ops import CHUNK, OUT, Op, X, Y, Z

Floats = NDArray[np.floating]
Ints = NDArray[np.int64]

COPY, EQ_CONST, ADD = int(Op.COPY), int(Op.EQ_CONST), int(Op.ADD)
WHERE, SUM, AMAX = int(Op.WHERE), int(Op.SUM), int(Op.AMAX)
KEEP, MATMUL, LOSS = int(Op.KEEP), int(Op.MATMUL), int(Op.LOSS)
NORM, NORM_GRAD = int(Op.NORM), int(Op.NORM_GRAD)


@kernel
def run(
    code: Ints, constants: Floats, memory: Floats, scratch: Floats, key: np.uint64, step: int
) -> None:
    """Run a program once. `key` and `step` decide which units are dropped."""
    for i in range(len(code)):
        line, op = code[i], code[i, 0]
        p, q = constants[i, 0], constants[i, 1]
        if COPY < op < SUM:
            _each(line, p, q, memory, scratch)
        elif op == SUM and line[X + 4] == 1 and line[OUT + 4] == 0:
            _sum_within(line, memory)
        elif op == SUM and line[X + 4] == 1 and line[OUT + 4] == 1 and line[OUT + 3] == 0:
            _sum_across(line, memory)
        elif op < KEEP:
            _walk(line, memory)
        elif op == MATMUL:
            matmul(line, memory)
        elif op == KEEP:
            start = line[OUT]
            keep(memory[start : start + line[4]], p, q, key, step, i)
        elif op == NORM:
            norm(line, p, q, memory)
        elif op == NORM_GRAD:
            norm_grad(line, memory)
        elif op == LOSS:
            loss(line, memory)


@kernel
def _each(line: Ints, p: float, q: float, memory: Floats, scratch: Floats) -> None:
    """Fill a dense output element by element, a piece at a time that stays in the cache."""
    rows, n = line[1] * line[2] * line[3], line[4]
    whole = max(1, CHUNK // n)
    for row in range(0, rows, whole):
        for low in range(0, n, CHUNK):
            many, width = min(whole, rows - row), min(CHUNK, n - low)
            start = line[OUT] + row * n + low
            out = memory[start : start + many * width]
            x = _beside(memory, scratch[:CHUNK], line, X, row, many, low, width)
            if line[0] < ADD:
                if line[0] < EQ_CONST:
                    unary(line[0], out, x, p, q)
                else:
                    compared(line[0], out, x, p)
                continue
            y = _beside(memory, scratch[CHUNK : 2 * CHUNK], line, Y, row, many, low, width)
            if line[0] < WHERE:
                binary(line[0], out, x, y, p, q)
                continue
            z = _beside(memory, scratch[2 * CHUNK : 3 * CHUNK], line, Z, row, many, low, width)
            for j in range(len(out)):
                out[j] = y[j] if x[j] != 0 else z[j]


@kernel
def _beside(
    memory: Floats,
    scratch: Floats,
    line: Ints,
    operand: int,
    row: int,
    rows: int,
    low: int,
    n: int,
) -> Floats:
    """Return elements `low` to `low + n` of some rows of an operand, side by side."""
    outer, middle, inner = line[2], line[3], line[4]
    start, step = line[operand], line[operand + 4]
    a, b, c = line[operand + 1], line[operand + 2], line[operand + 3]
    if (
        (step == 1 or inner == 1)
        and (middle == 1 or c == inner)
        and (outer == 1 or b == middle * inner)
        and (line[1] == 1 or a == outer * middle * inner)
    ):
        start += row * inner + low
        return memory[start : start + rows * n]
    i, j, k = row // (outer * middle), row // middle % outer, row % middle
    for r in range(rows):
        place = start + i * a + j * b + k * c + low * step
        target = scratch[r * n : (r + 1) * n]
        if step == 1:
            source = memory[place : place + n]
            for e in range(n):
                target[e] = source[e]
        elif step == 0:
            same = memory[place]
            for e in range(n):
                target[e] = same
        else:
            for e in range(n):
                target[e] = memory[place + e * step]
        k += 1
        if k == middle:
            k, j = 0, j + 1
            if j == outer:
                j, i = 0, i + 1
    return scratch[: rows * n]


@kernel
def _sum_within(line: Ints, memory: Floats) -> None:
    """Sum the innermost extent, whose elements lie side by side, and perhaps others.

    As `_walk` does, but without a call for every few elements, which costs more than to add them.
    """
    for i in range(line[1]):
        for j in range(line[2]):
            later = (i > 0 and line[OUT + 1] == 0) or (j > 0 and line[OUT + 2] == 0)
            for k in range(line[3]):
                out = line[OUT] + i * line[OUT + 1] + j * line[OUT + 2] + k * line[OUT + 3]
                x = line[X] + i * line[X + 1] + j * line[X + 2] + k * line[X + 3]
                source = memory[x : x + line[4]]
                total = memory[out] if later else memory.dtype.type(0)
                for e in range(len(source)):
                    total += source[e]
                memory[out] = total
                later = later or line[OUT + 3] == 0


@kernel
def _sum_across(line: Ints, memory: Floats) -> None:
    """Sum the second extent from within, such as the fields of vectors; see `_sum_within`."""
    n = line[4]
    for i in range(line[1]):
        for j in range(line[2]):
            out = line[OUT] + i * line[OUT + 1] + j * line[OUT + 2]
            x = line[X] + i * line[X + 1] + j * line[X + 2]
            target = memory[out : out + n]
            if not ((i > 0 and line[OUT + 1] == 0) or (j > 0 and line[OUT + 2] == 0)):
                for e in range(n):
                    target[e] = 0
            for k in range(line[3]):
                source = memory[x + k * line[X + 3] : x + k * line[X + 3] + n]
                for e in range(n):
                    target[e] += source[e]


@kernel
def _walk(line: Ints, memory: Floats) -> None:
    """Copy or reduce: an output whose elements lie anywhere, or one for many inputs.

    Along an extent that is reduced the output stands still: what comes first there is written,
    what follows is added.
    """
    op, n, begin = line[0], line[4], line[OUT]
    stride, x_stride = line[OUT + 4], line[X + 4]
    for i in range(line[1]):
        for j in range(line[2]):
            later = (i > 0 and line[OUT + 1] == 0) or (j > 0 and line[OUT + 2] == 0)
            for k in range(line[3]):
                out = begin + i * line[OUT + 1] + j * line[OUT + 2] + k * line[OUT + 3]
                x = line[X] + i * line[X + 1] + j * line[X + 2] + k * line[X + 3]
                if n > 1 and stride == 0:
                    _into_one(op, memory, out, x, x_stride, n, later)
                elif op == COPY or not later:
                    _copy(memory, out, stride, x, x_stride, n)
                else:
                    _onto(op, memory, out, stride, x, x_stride, n)
                later = later or line[OUT + 3] == 0


@kernel
def _copy(memory: Floats, out: int, out_stride: int, x: int, stride: int, n: int) -> None:
    if out_stride == 1 and stride == 1:
        target, source = memory[out : out + n], memory[x : x + n]
        for j in range(n):
            target[j] = source[j]
    else:
        for j in range(n):
            memory[out + j * out_stride] = memory[x + j * stride]


@kernel
def _into_one(op: int, memory: Floats, out: int, x: int, stride: int, n: int, later: bool) -> None:
    """Write the sum or the largest of elements in a row and, if `later`, of what is there."""
    total = memory[out] if later else memory.dtype.type(0 if op == SUM else -np.inf)
    if op != SUM:
        for j in range(n):
            total = max(total, memory[x + j * stride])
    elif stride == 1:
        row = memory[x : x + n]
        for j in range(n):
            total += row[j]
    else:
        for j in range(n):
            total += memory[x + j * stride]
    memory[out] = total


@kernel
def _onto(op: int, memory: Floats, out: int, out_stride: int, x: int, stride: int, n: int) -> None:
    """Add elements to as many, or keep the larger ones."""
    if op != SUM:
        for j in range(n):
            place = out + j * out_stride
            memory[place] = max(memory[place], memory[x + j * stride])
    elif stride == 1 and out_stride == 1:
        target, source = memory[out : out + n], memory[x : x + n]
        for j in range(n):
            target[j] += source[j]
    else:
        for j in range(n):
            memory[out + j * out_stride] += memory[x + j * stride]
