"""Controls: variants that lost parameters with their part, widened to make up for them."""

from collections.abc import Callable, Sequence
from typing import Any

from msgspec.structs import replace

from fmbench.ablation.expand import Cell
from fmbench.ablation.plan import Plan
from fmbench.spec import RunSpec

Size = Callable[[RunSpec], int]
"""How many numbers the model of a spec learns."""

WIDTHS = ("embed_dim", "mlp_dims")
"""The arguments by which a model can be made wider."""

MOST = 16
"""Times as wide as the variant, at most."""


def controls(plan: Plan, cells: Sequence[Cell], size: Size) -> list[Cell]:
    """Return a control for every variant that can be brought nearer to its base's size.

    What a part does and what its parameters do are two things: a variant that falls behind, while
    its control does not, only lacked room. The specs must be resolved.
    """
    bases = {cell.context: size(cell.spec) for cell in cells if cell.kind == "base"}
    return [
        Cell(
            context=cell.context,
            name=f"{cell.name}, as large",
            kind="control",
            spec=replace(wider, name=cell.spec.name.replace(cell.name, f"{cell.name}, as large")),
            of=cell.name,
        )
        for cell in cells
        if cell.kind == "variant" and plan.variants[cell.name].control
        if (wider := widened(cell.spec, bases[cell.context], size)) is not None
    ]


def widened(spec: RunSpec, wanted: int, size: Size) -> RunSpec | None:
    """Return the spec with the width that comes nearest to a size; None if its own does."""
    actual = size(spec)
    if actual >= wanted:
        return None
    found = (_nearest(spec, key, wanted, size) for key in WIDTHS if key in spec.model_args)
    best = min(found, key=lambda each: abs(size(each) - wanted), default=None)
    if best is None or abs(size(best) - wanted) >= wanted - actual:
        return None
    return best


def _nearest(spec: RunSpec, key: str, wanted: int, size: Size) -> RunSpec:
    """Return the spec of the nearest size among those with another width (bisection)."""
    unit = _unit(spec.model_args[key])
    low, high = 0, (MOST - 1) * unit
    while high - low > 1:
        middle = (low + high) // 2
        if size(_wider(spec, key, middle)) <= wanted:
            low = middle
        else:
            high = middle
    near = (_wider(spec, key, more) for more in (low, high))
    return min(near, key=lambda each: abs(size(each) - wanted))


def _unit(width: Any) -> int:
    """Return the smallest width; it grows by one at a time, and the others in proportion."""
    return int(width) if isinstance(width, int) else min(width)


def _wider(spec: RunSpec, key: str, more: int) -> RunSpec:
    old = spec.model_args[key]
    unit = _unit(old)
    new = old + more if isinstance(old, int) else [width + width * more // unit for width in old]
    return replace(spec, model_args={**spec.model_args, key: new})
