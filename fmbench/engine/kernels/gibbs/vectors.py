"""Sums over rows of short vectors, held in registers, for which numba has no word.

Whatever may be written through one array may change another as far as the compiler knows, so that
loops over the few factors of a row stay scalar. Here a row's factors are one vector of LLVM.
"""

from typing import Any

import llvmlite.ir as ir
from numba.core import cgutils, types
from numba.extending import intrinsic

FLOAT, DOUBLE = ir.FloatType(), ir.DoubleType()


class _Code:
    """A builder and the arrays that a function was called with."""

    def __init__(self, context: Any, builder: Any, signature: Any, args: Any) -> None:
        self.context, self.builder = context, builder
        self.types, self.args = signature.args, args

    def struct(self, place: int) -> Any:
        """Return an array that the function was called with."""
        kind = self.types[place]
        return self.context.make_array(kind)(self.context, self.builder, self.args[place])

    def data(self, place: int) -> Any:
        """Return where the elements of an array begin."""
        return self.struct(place).data

    def at(self, start: Any, index: Any, kind: Any = None) -> Any:
        """Return the address of an element, or of the vector that begins there."""
        address = self.builder.gep(start, [index])
        return self.builder.bitcast(address, kind.as_pointer()) if kind else address

    def load(self, address: Any) -> Any:
        """Read a number or vector, which lies as floats lie."""
        return self.builder.load(address, align=4)

    def fma(self, x: Any, y: Any, z: Any) -> Any:
        """Return x y + z."""
        product = self.builder.fmul(x, y, flags=("contract",))
        return self.builder.fadd(product, z, flags=("contract",))

    def splat(self, number: Any, kind: Any) -> Any:
        """Return a vector of one number."""
        zero = ir.Constant(ir.IntType(32), 0)
        one = self.builder.insert_element(ir.Constant(kind, ir.Undefined), number, zero)
        mask = ir.Constant(ir.VectorType(ir.IntType(32), kind.count), None)
        return self.builder.shuffle_vector(one, ir.Constant(kind, ir.Undefined), mask)

    def total(self, vector: Any) -> Any:
        """Return the sum of a vector's elements."""
        kind = vector.type
        name = f"llvm.vector.reduce.fadd.v{kind.count}f32"
        of = ir.FunctionType(FLOAT, [FLOAT, kind])
        add = cgutils.get_or_insert_function(self.builder.module, of, name)
        return self.builder.call(add, [ir.Constant(FLOAT, -0.0), vector], fastmath=("reassoc",))


def _moments(
    typing: Any,
    out: Any,
    order: Any,
    begin: Any,
    end: Any,
    shares: Any,
    sums: Any,
    old: Any,
    errors: Any,
    factors: Any,
) -> Any:
    """Sum products over the rows that hold a value.

    With h a row's other vectors times the value's share x of it, and e its error, `out` gets
    sum h h' in k rows of k, then sum x h, sum h e, and the pair of sum x e and sum x x.
    """
    k, is_shared = len(factors), not isinstance(shares, types.NoneType)

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        code, kind = _Code(context, builder, signature, args), ir.VectorType(FLOAT, k)
        word = ir.IntType(64)
        into, rows, of, errors_at = code.data(0), code.data(1), code.data(5), code.data(7)
        before = code.load(code.at(code.data(6), word(0), kind))
        totals = [cgutils.alloca_once_value(builder, ir.Constant(kind, None)) for _ in range(k + 2)]
        pair = [cgutils.alloca_once_value(builder, ir.Constant(FLOAT, 0.0)) for _ in range(2)]
        for each in (*totals, *pair):
            builder.store(ir.Constant(each.type.pointee, None), each)

        def add(place: Any, x: Any, y: Any) -> None:
            builder.store(code.fma(x, y, builder.load(place)), place)

        with cgutils.for_range_slice(builder, args[2], args[3], word(1), inc=True) as (q, _):
            row = builder.sext(builder.load(code.at(rows, q)), word)
            error = builder.load(code.at(errors_at, row))
            h = builder.fsub(code.load(code.at(of, builder.mul(row, word(k)), kind)), before)
            share = ir.Constant(FLOAT, 1.0)
            with_share = code.splat(share, kind)
            if is_shared:
                share = builder.load(code.at(code.data(4), q))
                with_share = code.splat(share, kind)
                h = builder.fmul(h, with_share)
            for a in range(k):
                one = builder.extract_element(h, ir.IntType(32)(a))
                add(totals[a], code.splat(one, kind), h)
            add(totals[k], h, with_share)
            add(totals[k + 1], h, code.splat(error, kind))
            add(pair[0], share, error)
            add(pair[1], share, share)
        for a, total in enumerate(totals):
            builder.store(builder.load(total), code.at(into, word(a * k), kind), align=4)
        for a, total in enumerate(pair):
            builder.store(builder.load(total), code.at(into, word((k + 2) * k + a)))
        return context.get_dummy_value()

    return types.void(out, order, begin, end, shares, sums, old, errors, factors), generate


def _shift(
    typing: Any,
    order: Any,
    begin: Any,
    end: Any,
    shares: Any,
    sums: Any,
    old: Any,
    errors: Any,
    weight: Any,
    move: Any,
    factors: Any,
) -> Any:
    """Take a step of a value's weight and vector, `weight` and `move`, off its rows' errors.

    Where the value is all of its field, the rows' sums move too.
    """
    k, is_shared = len(factors), not isinstance(shares, types.NoneType)

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        code, kind = _Code(context, builder, signature, args), ir.VectorType(FLOAT, k)
        word = ir.IntType(64)
        rows, of, errors_at = code.data(0), code.data(4), code.data(6)
        before = code.load(code.at(code.data(5), word(0), kind))
        by = code.load(code.at(code.data(8), word(0), kind))
        with cgutils.for_range_slice(builder, args[1], args[2], word(1), inc=True) as (q, _):
            row = builder.sext(builder.load(code.at(rows, q)), word)
            place = code.at(of, builder.mul(row, word(k)), kind)
            s = code.load(place)
            by_all = builder.fadd(code.total(builder.fmul(builder.fsub(s, before), by)), args[7])
            if is_shared:
                by_all = builder.fmul(by_all, builder.load(code.at(code.data(3), q)))
            else:
                builder.store(builder.fadd(s, by), place, align=4)
            error = code.at(errors_at, row)
            builder.store(builder.fsub(builder.load(error), by_all), error)
        return context.get_dummy_value()

    return types.void(
        order, begin, end, shares, sums, old, errors, types.float32, move, factors
    ), generate


def _gather(
    typing: Any,
    ids: Any,
    row: Any,
    shares: Any,
    ends: Any,
    linear: Any,
    vectors: Any,
    sums: Any,
    factors: Any,
) -> Any:
    """Write the sum of a row's vectors and return its score but for the bias.

    `ids`, `(rows, columns)`, are rows of the table; `shares`, of the same shape, say how much each
    counts in its field's mean, and `ends`, `(columns,)`, where a field's last column is. Without
    `shares` each column is a field.
    """
    k, is_shared = len(factors), not isinstance(shares, types.NoneType)

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        code, kind = _Code(context, builder, signature, args), ir.VectorType(FLOAT, k)
        word = ir.IntType(64)
        columns = builder.extract_value(code.struct(0).shape, 1)
        first = builder.mul(args[1], columns)
        s, squares, pooled, score = (
            cgutils.alloca_once(builder, each) for each in (kind, kind, kind, FLOAT)
        )
        for each in (s, squares, pooled, score):
            builder.store(ir.Constant(each.type.pointee, None), each)

        def close(vector: Any) -> None:
            builder.store(builder.fadd(builder.load(s), vector), s)
            builder.store(code.fma(vector, vector, builder.load(squares)), squares)

        with cgutils.for_range(builder, columns) as loop:
            at = builder.add(first, loop.index)
            place = builder.sext(builder.load(code.at(code.data(0), at)), word)
            vector = code.load(code.at(code.data(5), builder.mul(place, word(k)), kind))
            weight = builder.load(code.at(code.data(4), place))
            if not is_shared:
                close(vector)
                builder.store(builder.fadd(builder.load(score), weight), score)
            else:
                share = builder.load(code.at(code.data(2), at))
                builder.store(code.fma(share, weight, builder.load(score)), score)
                mean = code.fma(code.splat(share, kind), vector, builder.load(pooled))
                builder.store(mean, pooled)
                is_last = builder.load(code.at(code.data(3), loop.index))
                with builder.if_then(builder.trunc(is_last, ir.IntType(1))):
                    close(mean)
                    builder.store(ir.Constant(kind, None), pooled)
        whole = builder.load(s)
        builder.store(whole, code.at(code.data(6), builder.mul(args[1], word(k)), kind), align=4)
        twice = code.total(builder.fsub(builder.fmul(whole, whole), builder.load(squares)))
        return code.fma(twice, ir.Constant(FLOAT, 0.5), builder.load(score))

    return types.float32(ids, row, shares, ends, linear, vectors, sums, factors), generate


def _add(
    typing: Any, sums: Any, row: Any, vectors: Any, place: Any, share: Any, factors: Any
) -> Any:
    """Add a share of a vector to a row's sum."""
    k = len(factors)

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        code, kind = _Code(context, builder, signature, args), ir.VectorType(FLOAT, k)
        word = ir.IntType(64)
        target = code.at(code.data(0), builder.mul(args[1], word(k)), kind)
        vector = code.load(code.at(code.data(2), builder.mul(args[3], word(k)), kind))
        moved = code.fma(code.splat(args[4], kind), vector, code.load(target))
        builder.store(moved, target, align=4)
        return context.get_dummy_value()

    return types.void(sums, row, vectors, place, types.float32, factors), generate


def _gather_up(typing: Any, step: Any, precision: Any, out: Any, factors: Any) -> Any:
    """Add what `moments` found to the right side and to the upper half of the matrix."""
    k = len(factors)

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        code, word = _Code(context, builder, signature, args), ir.IntType(64)
        narrow, wide = ir.VectorType(FLOAT, k), ir.VectorType(DOUBLE, k)
        right, matrix, found = code.data(0), code.data(1), code.data(2)

        def move(target: Any, source: int, kinds: tuple[Any, Any]) -> None:
            """Add floats from a place of `out` to as many doubles."""
            more = builder.load(code.at(found, word(source), kinds[0]), align=4)
            target = code.at(target[0], word(target[1]), kinds[1])
            moved = builder.fadd(builder.load(target, align=8), builder.fpext(more, kinds[1]))
            builder.store(moved, target, align=8)

        for a in range(k):
            move((matrix, (a + 1) * (k + 1) + 1), a * k, (narrow, wide))
        move((matrix, 1), k * k, (narrow, wide))
        move((right, 1), (k + 1) * k, (narrow, wide))
        move((right, 0), (k + 2) * k, (FLOAT, DOUBLE))
        move((matrix, 0), (k + 2) * k + 1, (FLOAT, DOUBLE))
        return context.get_dummy_value()

    return types.void(step, precision, out, factors), generate


def _take_off(typing: Any, matrix: Any, target: Any, factor: Any, row: Any, factors: Any) -> Any:
    """Take a multiple of one row of a matrix off another; it has one column more than `factors`."""
    n = len(factors) + 1

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        code, word = _Code(context, builder, signature, args), ir.IntType(64)
        kind = ir.VectorType(DOUBLE, n)
        to, of = (
            code.at(code.data(0), builder.mul(args[place], word(n)), kind) for place in (1, 3)
        )
        by = code.splat(builder.fneg(args[2]), kind)
        moved = code.fma(by, builder.load(of, align=8), builder.load(to, align=8))
        builder.store(moved, to, align=8)
        return context.get_dummy_value()

    return types.void(matrix, target, types.float64, row, factors), generate


gather_up: Any = intrinsic(_gather_up)
take_off: Any = intrinsic(_take_off)
add: Any = intrinsic(_add)
gather: Any = intrinsic(_gather)
moments: Any = intrinsic(_moments)
shift: Any = intrinsic(_shift)
