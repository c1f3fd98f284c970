"""Asking for memory ahead of its use, which numba has no word for."""

from typing import Any

import llvmlite.ir as ir
from numba.core import cgutils, types
from numba.extending import intrinsic

BYTE, WORD = ir.IntType(8).as_pointer(), ir.IntType(32)
READ, KEEP, DATA = 0, 3, 1
"""LLVM's words for: to be read; into all levels of the cache; not code."""


def _prefetch(typing: Any, array: Any, place: Any) -> Any:
    """Start loading the memory around element `place` of a dense array; never fails."""

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        start = context.make_array(signature.args[0])(context, builder, args[0]).data
        address = builder.bitcast(builder.gep(start, [args[1]]), BYTE)
        kind = ir.FunctionType(ir.VoidType(), [BYTE, WORD, WORD, WORD])
        ask = cgutils.get_or_insert_function(builder.module, kind, "llvm.prefetch.p0")
        builder.call(ask, [address, *(WORD(number) for number in (READ, KEEP, DATA))])
        return context.get_dummy_value()

    return types.void(array, place), generate


prefetch: Any = intrinsic(_prefetch)
