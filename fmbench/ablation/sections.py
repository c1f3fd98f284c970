"""A study in words and figures, for people."""

from collections.abc import Iterator, Sequence

from fmbench.ablation.analysis import Analysis, Base
from fmbench.ablation.claims import summary
from fmbench.ablation.effects import Effect
from fmbench.ablation.factorial import Part
from fmbench.ablation.figures import cost, forest, map_of, response, waterfall
from fmbench.ablation.importance import Importance, agreement
from fmbench.ablation.sweeps import Curve
from fmbench.ablation.words import about, notes, p_value, signed, times, value
from fmbench.metrics import METRICS
from fmbench.pages.chart import Chart
from fmbench.pages.page import NOTHING, Grid, Section


def sections(analysis: Analysis) -> Iterator[Section]:
    """Yield what a report of a study shows, in the order of reading."""
    for base in analysis.bases:
        effects = [effect for effect in analysis.effects if effect.context == base.context]
        yield effects_of(analysis, base, effects)
        yield from more(analysis, base.context)


def more(analysis: Analysis, context: str) -> Iterator[Section]:
    """Yield what a context has beside its effects: parts together, fields, sweeps."""
    yield from _factorial(analysis, context)
    yield from _path(analysis, context)
    yield from _fields(analysis, context)
    yield from (_curve(analysis, each) for each in analysis.curves if each.context == context)


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


def effects_of(analysis: Analysis, base: Base, effects: Sequence[Effect]) -> Section:
    """Return the base and each effect of a context."""
    plan = analysis.study.plan
    name = METRICS[plan.metric].name
    headers = (
        "variant", name, f"difference ±\n{name}", "p", "verdict", "of the\ngap", "other\nrows: p",
        "parameters\n×", "time\n×", "seeds",
    )  # fmt: skip
    return Section(
        title=title(analysis, base.context),
        above=[summary(analysis, base.context), *about(analysis, base)],
        grid=Grid(
            headers,
            [_base(analysis, base), *(_row(analysis, effect) for effect in ordered(effects))],
            [i in (3, 5, 6, 7, 8, 9) for i in range(len(headers))],
        ),
        charts=[*_charts(analysis, base, ordered(effects))],
        below=[*notes(analysis, effects)],
    )


def _charts(analysis: Analysis, base: Base, effects: Sequence[Effect]) -> Iterator[Chart]:
    plan = analysis.study.plan
    contexts = [each.context for each in analysis.bases]
    made = [
        forest(effects, plan.metric, plan.margin),
        cost(effects, base.value.mean, plan.metric),
        map_of(ordered(analysis.effects), contexts, plan.metric)
        if base.context == contexts[0]
        else None,
    ]
    yield from (chart for chart in made if chart is not None)


def _base(analysis: Analysis, base: Base) -> list[str]:
    metric = analysis.study.plan.metric
    own = value(base.value, metric)
    return ["base", own, *[NOTHING] * 5, "1.00", "1.00", str(base.value.n)]


def _row(analysis: Analysis, effect: Effect) -> list[str]:
    metric = analysis.study.plan.metric
    judged = effect.judged
    return [
        effect.name,
        value(effect.value, metric),
        NOTHING if judged is None else signed(judged.paired.interval, metric),
        NOTHING if judged is None else p_value(judged.p),
        NOTHING if judged is None else judged.verdict,
        NOTHING if effect.share is None else f"{100 * effect.share:+.0f} %",
        NOTHING if effect.rows_p is None else p_value(effect.rows_p),
        times(effect.cost.parameters_ratio),
        times(effect.cost.time_ratio),
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
                        p_value(part.judged.p),
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


def _path(analysis: Analysis, context: str) -> Iterator[Section]:
    steps = [step for step in analysis.paths if step.context == context]
    metric = analysis.study.plan.metric
    if steps:
        yield Section(
            title=title(analysis, context, "from base to stripped"),
            grid=Grid(
                ("taken away", f"test\n{metric} ±", "change ±"),
                [
                    [s.part or "nothing", value(s.value, metric), signed(s.change, metric)]
                    for s in steps
                ],
                [False] * 3,
            ),
            of=[step.cell for step in steps],
            charts=[chart for chart in [waterfall(steps, metric)] if chart],
            below=[
                "one part after another, first the one that is missed least on validation rows; "
                "change: less the row above, by common seeds; exploratory (Fawcett and Hoos, 2016)"
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
            of=[f"without {each.field}" for each in found],
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
            value(level.test, metric),
            signed(level.difference, metric),
            NOTHING if level.p is None else p_value(level.p),
            times(level.cost.parameters_ratio),
            times(level.cost.time_ratio),
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
        of=[f"{curve.key.partition('.')[2]} {level.value}" for level in curve.levels],
        charts=[chart for chart in [response(curve, metric)] if chart],
        below=[
            "*: best on validation rows, by which a level is chosen; exploratory: p adjusted for "
            "the false discovery rate within this sweep (Benjamini and Hochberg)"
        ],
    )
