"""A study in words and figures, for people."""

from collections.abc import Iterator, Sequence

from fmbench.ablation.analysis import Analysis, Baseline
from fmbench.ablation.effects import Effect
from fmbench.ablation.factorial import Part
from fmbench.ablation.figures import cost, forest, map_of, response
from fmbench.ablation.importance import Importance, agreement
from fmbench.ablation.sweeps import Curve
from fmbench.ablation.verdict import LEVEL
from fmbench.metrics import METRICS
from fmbench.report.chart import Chart
from fmbench.report.page import NOTHING, Grid, Section
from fmbench.stats import Interval


def sections(analysis: Analysis) -> Iterator[Section]:
    """Yield what a report of a study shows, in the order of reading."""
    for base in analysis.bases:
        effects = [effect for effect in analysis.effects if effect.context == base.context]
        yield _effects(analysis, base, effects)
        yield from _factorial(analysis, base.context)
        yield from _fields(analysis, base.context)
        yield from (_curve(analysis, c) for c in analysis.curves if c.context == base.context)


def ordered(effects: Sequence[Effect]) -> list[Effect]:
    """Return effects as the plan has them, each control behind its variant."""
    controls = {(e.context, e.of): e for e in effects if e.kind == "control"}
    whole = []
    for effect in effects:
        if effect.kind != "control":
            whole.append(effect)
            if effect.kind == "variant" and (effect.context, effect.name) in controls:
                whole.append(controls[effect.context, effect.name])
    return whole


def title(analysis: Analysis, context: str, what: str = "") -> str:
    """Return the plan's name, the context's and what is shown of it."""
    words = filter(None, (analysis.study.plan.name, context, what))
    return ", ".join(words)


def signed(interval: Interval | None, metric: str) -> str:
    """Write a difference ± half width."""
    if interval is None or interval.mean is None:
        return NOTHING
    digits = METRICS[metric].digits
    half = NOTHING if interval.half_width is None else f"{interval.half_width:.{digits}f}"
    return f"{interval.mean:+.{digits}f} ± {half}"


def _effects(analysis: Analysis, base: Baseline, effects: Sequence[Effect]) -> Section:
    plan = analysis.study.plan
    name = METRICS[plan.metric].name
    headers = (
        "variant", name, f"difference ±\n{name}", "p", "verdict", "of the\ngap", "other\nrows: p",
        "parameters\n×", "time\n×", "seeds",
    )  # fmt: skip
    return Section(
        title=title(analysis, base.context),
        above=[plan.question, *_about(analysis, base)],
        grid=Grid(
            headers,
            [_base(analysis, base), *(_row(analysis, effect) for effect in ordered(effects))],
            [i in (3, 5, 6, 7, 8, 9) for i in range(len(headers))],
        ),
        charts=[*_charts(analysis, base, ordered(effects))],
        below=[*_notes(analysis, effects)],
    )


def _charts(analysis: Analysis, base: Baseline, effects: Sequence[Effect]) -> Iterator[Chart]:
    plan = analysis.study.plan
    contexts = [each.context for each in analysis.bases]
    made = [
        forest(effects, plan.metric, plan.margin),
        cost(effects, base.value.mean),
        map_of(ordered(analysis.effects), contexts, plan.metric)
        if base.context == contexts[0]
        else None,
    ]
    yield from (chart for chart in made if chart is not None)


def _about(analysis: Analysis, base: Baseline) -> Iterator[str]:
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
            f"lr, the foot of the gap: {_value(base.floor, plan.metric)}; from there to the cell "
            f"that is best on validation rows: {best}"
        )


def _base(analysis: Analysis, base: Baseline) -> list[str]:
    metric = analysis.study.plan.metric
    value = _value(base.value, metric)
    return ["base", value, *[NOTHING] * 5, "1.00", "1.00", str(base.value.n)]


def _row(analysis: Analysis, effect: Effect) -> list[str]:
    metric = analysis.study.plan.metric
    judged = effect.judged
    return [
        effect.name,
        _value(effect.value, metric),
        NOTHING if judged is None else signed(judged.paired.interval, metric),
        NOTHING if judged is None else _p(judged.p),
        NOTHING if judged is None else judged.verdict,
        NOTHING if effect.share is None else f"{100 * effect.share:+.0f} %",
        NOTHING if effect.rows_p is None else _p(effect.rows_p),
        _times(effect.cost.parameters_ratio),
        _times(effect.cost.time_ratio),
        f"{effect.value.n}{f' ({effect.failures} failed)' if effect.failures else ''}",
    ]


def _factorial(analysis: Analysis, context: str) -> Iterator[Section]:
    parts = [part for part in analysis.parts if part.context == context]
    metric = analysis.study.plan.metric
    if parts:
        yield Section(
            title=title(analysis, context, "parts and what they do together"),
            grid=Grid(
                ("part", f"effect ±\n{metric}", "p", "verdict"),
                [
                    [
                        " × ".join(part.factors),
                        signed(part.judged.paired.interval, metric),
                        _p(part.judged.p),
                        _together(part),
                    ]
                    for part in parts
                ],
                [False, False, True, False],
            ),
            below=[
                "effect: mean of all cells with the part less that of all without it, a factorial "
                "of every combination; ×: half of what one part changes in the effect of the other"
            ],
        )


def _together(part: Part) -> str:
    """Say of an interaction what its sign means: parts overlap, or bring each other out."""
    verdict = part.judged.verdict
    if len(part.factors) == 1:
        return verdict
    words = {"needed": "more together", "harmful": "less together", "not needed": "independent"}
    return words.get(verdict, verdict)


def _fields(analysis: Analysis, context: str) -> Iterator[Section]:
    found = [each for each in analysis.fields if each.context == context]
    metric = analysis.study.plan.metric
    if found:
        rank = agreement(found)
        yield Section(
            title=title(analysis, context, "what fields are worth"),
            grid=Grid(
                ("field", f"trained without\n{metric} ±", "shuffled\nauc ±", "verdict"),
                [_field(each, metric) for each in found],
                [False] * 4,
            ),
            below=[
                "trained without: base - a model trained without the field: what it alone knows; "
                "shuffled: what the trained base loses when test rows swap their values: what it "
                "leans on (Breiman, 2001)",
                *([] if rank is None else [f"Rank correlation of the two: {rank:.2f} (Spearman)"]),
            ],
        )


def _field(each: Importance, metric: str) -> list[str]:
    return [each.field, signed(each.retrained, metric), signed(each.shuffled, "auc"), each.verdict]


def _curve(analysis: Analysis, curve: Curve) -> Section:
    metric = analysis.study.plan.metric
    rows = [
        [
            level.value + " *" * (i == curve.chosen),
            NOTHING if level.valid is None else f"{level.valid:.{METRICS[metric].digits}f}",
            _value(level.test, metric),
            signed(level.difference, metric),
            NOTHING if level.p is None else _p(level.p),
            _times(level.cost.parameters_ratio),
            _times(level.cost.time_ratio),
        ]
        for i, level in enumerate(curve.levels)
    ]
    headers = (
        curve.key, f"validation\n{metric}", f"test\n{metric} ±", "difference ±", "p",
        "parameters\n×", "time\n×",
    )  # fmt: skip
    return Section(
        title=title(analysis, curve.context, f"response to {curve.key}"),
        grid=Grid(headers, rows, [False, True, False, False, True, True, True]),
        charts=[chart for chart in [response(curve, metric)] if chart],
        below=[
            "*: best on validation rows, by which a level is chosen; exploratory: p adjusted for "
            "the false discovery rate within this sweep (Benjamini and Hochberg)"
        ],
    )


def _notes(analysis: Analysis, effects: Sequence[Effect]) -> Iterator[str]:
    plan = analysis.study.plan
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
        "of the gap: difference as a share of that between lr and the best; time: of fitting a row"
    )
    if any(effect.kind == "control" for effect in effects):
        yield (
            "as large: the variant, widened to the parameters of the base; if it is no longer "
            "worse, parameters were missed and not the part"
        )
    if all(effect.rows_p is None for effect in effects):
        yield "other rows: not asked, as predictions or data are out of reach"
    else:
        yield "other rows: DeLong's test for these seeds, rows taken as independent; not adjusted"


def _value(interval: Interval, metric: str) -> str:
    if interval.mean is None:
        return NOTHING
    digits = METRICS[metric].digits
    half = NOTHING if interval.half_width is None else f"{interval.half_width:.{digits}f}"
    return f"{interval.mean:.{digits}f} ± {half}"


def _p(value: float) -> str:
    return "< 0.001" if value < 0.001 else f"{value:.3f}"


def _times(ratio: float | None) -> str:
    return NOTHING if ratio is None else f"{ratio:.2f}"
