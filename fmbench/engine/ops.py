"""What the machine can do: the numbers of its instructions.

An instruction is a row of integers: the operation; up to four extents; then for the output and up
to three inputs an offset into memory and four strides. Operations that are not loops over
elements read the same row by names of their own.
"""

from enum import IntEnum, auto


class Op(IntEnum):
    """An operation."""

    # Element by element; x, y, z are the inputs, p and q the constants.
    COPY = auto()
    FILL = auto()  # p
    AFFINE = auto()  # p x + q
    NEG = auto()
    ABS = auto()
    RELU = auto()
    SIGMOID = auto()
    TANH = auto()
    ERF = auto()
    EXP = auto()
    LOG = auto()
    SQRT = auto()
    RSQRT = auto()
    SIN = auto()
    COS = auto()
    RECIPROCAL = auto()
    POWER = auto()  # x^p
    CLAMP = auto()  # p <= x <= q
    SIGN = auto()
    EQ_CONST = auto()
    NE_CONST = auto()
    GT_CONST = auto()
    GE_CONST = auto()
    LT_CONST = auto()
    LE_CONST = auto()
    ADD = auto()
    SUB = auto()
    MUL = auto()
    DIV = auto()
    MAXIMUM = auto()
    MINIMUM = auto()
    ATAN2 = auto()
    EQ = auto()
    GT = auto()
    GE = auto()
    LT = auto()
    LE = auto()
    THRESHOLD_GRAD = auto()  # x where y > p, else 0
    SIGMOID_GRAD = auto()
    TANH_GRAD = auto()
    WHERE = auto()  # x ? y : z
    # Into an output that is narrower than the input.
    SUM = auto()
    AMAX = auto()
    # On whole operands.
    KEEP = auto()  # q with probability p, else 0
    MATMUL = auto()
    NORM = auto()
    NORM_GRAD = auto()
    LOSS = auto()


WIDTH = 25
OUT, X, Y, Z = 5, 10, 15, 20
"""Index of each operand's offset in an instruction; its four strides follow."""
CHUNK = 1024
"""Elements that an operand is copied by when its elements do not lie side by side."""
