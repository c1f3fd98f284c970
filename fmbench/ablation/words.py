"""Words of a study: how its numbers are written, and what must be said beside them."""

from collections.abc import Iterator, Sequence

from fmbench.ablation.analysis import Analysis, Base
from fmbench.ablation.effects import Effect
from fmbench.ablation.verdict import LEVEL
from fmbench.metrics import METRICS
from fmbench.pages.page import NOTHING
from fmbench.stats import Interval


def about(analysis: Analysis, base: Base) -> Iterator[str]:
    """Yield what the base is, and the gap that effects are a share of."""
    plan = analysis.study.plan
    cell = next(c for c in analysis.study.cells if c.kind == "base" and c.context == base.context)
    options = ", ".join(
        f"{key} {cell.spec.dataset_args[key]}"
        for key in ("fields", "split", "label", "duplicates")
        if key in cell.spec.dataset_args
    )
    yield f"Base: {cell.spec.model} on {cell.spec.dataset} ({options}); {len(plan.seed_list)} seeds"
    if base.floor is not None:
        best = "none is better" if base.gap is None else f"{base.gap:+.4f}"
        yield (
            f"lr, the foot of the gap: {value(base.floor, plan.metric)}; from there to the cell "
            f"that is best on validation rows: {best}"
        )


def notes(analysis: Analysis, effects: Sequence[Effect]) -> Iterator[str]:
    """Yield how the table of effects is to be read."""
    plan = analysis.study.plan
    if not (effects or analysis.parts):
        return  # a sweep says of itself how it is read
    yield (
        "difference: variant - base on the same test rows, mean over common seeds ± half width of "
        "its 95 % interval (Student's t)"
    )
    yield (
        f"p: that seeds alone make it, adjusted for the {analysis.family} questions of the plan "
        f"(Holm); needed: p < {LEVEL} and the base is better; not needed: within {plan.margin} "
        "either way (two one-sided tests, Holm), however sure its sign"
    )
    yield (
        "of the gap: difference as a share of that between lr and the best, if that is more than "
        f"{plan.margin}; time: of fitting a row"
    )
    if any(effect.kind == "control" for effect in effects):
        yield (
            "as large: the variant, widened to the parameters of the base; if it is no longer "
            "worse, parameters were missed and not the part"
        )
    if all(effect.rows_p is None for effect in effects):
        yield "other rows: not asked; fmbench ablate asks, where predictions and data are at hand"
    else:
        yield "other rows: DeLong's test for these seeds, rows taken as independent; not adjusted"


def value(interval: Interval, metric: str) -> str:
    """Write a mean ± half width."""
    if interval.mean is None:
        return NOTHING
    digits = METRICS[metric].digits
    half = NOTHING if interval.half_width is None else f"{interval.half_width:.{digits}f}"
    return f"{interval.mean:.{digits}f} ± {half}"


def signed(interval: Interval | None, metric: str) -> str:
    """Write a difference ± half width."""
    if interval is None or interval.mean is None:
        return NOTHING
    digits = METRICS[metric].digits
    half = NOTHING if interval.half_width is None else f"{interval.half_width:.{digits}f}"
    return f"{interval.mean:+.{digits}f} ± {half}"


def p_value(value: float) -> str:
    """Write a p value."""
    return "< 0.001" if value < 0.001 else f"{value:.3f}"


def times(ratio: float | None) -> str:
    """Write a multiple."""
    return NOTHING if ratio is None else f"{ratio:.2f}"
