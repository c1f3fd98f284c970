"""Figures of a study: the forest of its effects, and responses to what is swept."""

from collections.abc import Iterator, Sequence

from fmbench.ablation.effects import Effect
from fmbench.ablation.sweeps import Curve
from fmbench.ablation.verdict import LEVEL, Judged
from fmbench.metrics import METRICS
from fmbench.report.chart import (
    Attributes,
    Chart,
    Mark,
    axis_title,
    beside,
    dot,
    label,
    level,
    line,
    path,
    short_name,
    upright,
)
from fmbench.report.scale import Scale, fitted

WIDTH, LEFT, RIGHT, STEP = 460.0, 152.0, 14.0, 26.0


def forest(effects: Sequence[Effect], metric: str, margin: float) -> Chart | None:
    """Return each difference from the base with its interval, over the band of equivalence."""
    known = [(effect, effect.judged) for effect in effects if effect.judged]
    if not known:
        return None
    bounds = [
        bound
        for _, judged in known
        for bound in (judged.paired.interval.low, judged.paired.interval.high)
        if bound is not None
    ]
    x = fitted([*bounds, -margin, margin], LEFT, WIDTH - RIGHT)
    bottom = 14 + STEP * len(known)
    place = {"x": x(-margin), "y": 10, "width": round(x(margin) - x(-margin), 1)}
    marks = [
        *level(x, 10, bottom),
        Mark("rect", {**place, "height": bottom - 10, "class": "zone"}),
        line(x(0), 10, x(0), bottom, "zero"),
    ]
    for n, (effect, judged) in enumerate(known):
        y = 26 + STEP * n
        kind = _kind(judged.verdict)
        title = f"{effect.name}: {judged.paired.mean:+.4f}, {judged.verdict}"
        interval = judged.paired.interval
        marks.append(label(LEFT - 12, y, short_name(effect.name, 21), "name", "end", effect.name))
        if interval.low is not None and interval.high is not None:
            marks.append(line(x(interval.low), y, x(interval.high), y, f"bar {kind}"))
        shape = "ring" if effect.kind == "control" else "mean"
        marks.append(dot(x(judged.paired.mean), y, 5, f"{shape} {kind}", None, title))
    marks.append(axis_title(WIDTH - RIGHT, bottom + 30, f"{METRICS[metric].name}, variant - base"))
    verdicts = (f"{effect.name} {judged.verdict}" for effect, judged in known)
    return Chart(
        title="Effects",
        caption=f"Variant less base with 95 % intervals; band: within {margin}, as good as none. "
        "Red: needed or harmful; green: not needed; grey: open; rings: as large as the base.",
        width=WIDTH,
        height=bottom + 40,
        marks=marks,
        words=f"Verdicts: {', '.join(verdicts)}",
    )


def response(curve: Curve, metric: str) -> Chart | None:
    """Return the metric over the levels of a sweep, with intervals and the chosen level."""
    known = [(n, level.value, level.test) for n, level in enumerate(curve.levels) if level.test.n]
    if len(known) < 2:
        return None
    top, bottom, left = 12.0, 216.0, 60.0
    y = fitted(
        [v for *_, t in known for v in (t.mean, t.low, t.high) if v is not None], bottom, top
    )
    x = Scale(0, len(curve.levels) - 1, left + 24, WIDTH - RIGHT - 24)
    marks = [*upright(y, left, WIDTH - RIGHT)]
    points = [(x(n), y(test.mean)) for n, _, test in known if test.mean is not None]
    marks.append(path(points, "thick s0"))
    for n, value, test in known:
        if test.mean is None:
            continue
        if test.low is not None and test.high is not None:
            marks.append(line(x(n), y(test.low), x(n), y(test.high), "bar s0"))
        shape = "mean s1" if n == curve.chosen else "mean s0"
        marks.append(dot(x(n), y(test.mean), 5.5, shape, None, f"{value}: {test.mean:.4f}"))
        marks.append(label(x(n), bottom + 14, short_name(value), "tick", "middle", value))
    marks.append(axis_title(WIDTH - RIGHT, bottom + 32, curve.key))
    return Chart(
        title=f"Response to {curve.key}",
        caption=f"Test {metric} with 95 % intervals; orange: best on validation rows.",
        width=WIDTH,
        height=bottom + 42,
        marks=marks,
        words=f"{metric} at {len(known)} levels of {curve.key}",
    )


def map_of(effects: Sequence[Effect], contexts: Sequence[str], metric: str) -> Chart | None:
    """Return the difference of each variant in each context as a shaded square."""
    shown = {(e.name, e.context): e.judged for e in effects if e.judged}
    names = list(dict.fromkeys(name for name, _ in shown))
    if len(contexts) < 2 or not names:
        return None
    largest = max(abs(judged.paired.mean) for judged in shown.values()) or 1.0
    sign = 1 if METRICS[metric].higher_is_better else -1
    side = min(72.0, (WIDTH - LEFT - RIGHT) / len(contexts))
    top = 74.0
    marks = []
    for m, context in enumerate(contexts):
        x, y = LEFT + side * (m + 0.5), top - 8
        turned: Attributes = {"x": x, "y": y, "transform": f"rotate(-35 {x:g} {y:g})"}
        marks.append(Mark("text", {**turned, "class": "name"}, short_name(context), context))
    for n, name in enumerate(names):
        y = top + STEP * n
        marks.append(label(LEFT - 12, y + STEP / 2, short_name(name, 21), "name", "end", name))
        for m, context in enumerate(contexts):
            if judged := shown.get((name, context)):
                marks += _square(LEFT + side * m, y, side, sign, largest, judged)
    return Chart(
        title="Variants and contexts",
        caption=f"Variant less base in thousandths of {metric}; bold: p < {LEVEL} after Holm.",
        width=WIDTH,
        height=top + STEP * len(names) + 8,
        marks=marks,
        words=f"Differences of {len(names)} variants in {len(contexts)} contexts",
    )


def _square(
    x: float, y: float, side: float, sign: int, largest: float, judged: Judged
) -> Iterator[Mark]:
    mean = judged.paired.mean
    kind = "gain" if sign * mean > 0 else "loss"
    is_settled = judged.p < LEVEL
    opacity = 0.12 + 0.7 * abs(mean) / largest if is_settled else 0.06
    place: Attributes = {"x": x + 1, "y": y + 1, "width": side - 2, "height": STEP - 2, "rx": 4}
    title = f"{mean:+.4f}, {judged.verdict}"
    yield Mark("rect", {**place, "class": kind, "fill-opacity": f"{opacity:.2f}"}, "", title)
    text = f"{1000 * mean:+.1f}".replace("-", "−")
    settled = "settled" if is_settled else "unsettled"
    yield label(x + side / 2, y + STEP / 2, text, f"tick {settled}", "middle")


def cost(effects: Sequence[Effect], base: float | None) -> Chart | None:
    """Return the metric of each variant against the time to fit a row, both beside the base."""
    known = [
        (effect, effect.value.mean, effect.cost.time_ratio)
        for effect in effects
        if effect.value.mean is not None and effect.cost.time_ratio and effect.judged
    ]
    if not known or base is None:
        return None
    top, bottom, left = 12.0, 216.0, 60.0
    x = fitted([1.0, *(t for *_, t in known)], left, WIDTH - RIGHT, is_log=True, room=0.2)
    y = fitted([base, *(v for _, v, _ in known)], bottom, top, room=0.12)
    marks = [
        *upright(y, left, WIDTH - RIGHT),
        *level(x, top, bottom),
        line(x(1.0), top, x(1.0), bottom, "zero"),
        line(left, y(base), WIDTH - RIGHT, y(base), "zero"),
    ]
    used = [(x(time) - 4.0, y(value)) for _, value, time in known]
    for effect, value, time in known:
        kind = _kind(effect.judged.verdict) if effect.judged else "open"
        title = f"{effect.name}: {value:.4f}, {time:.2f} times the base's time"
        shape = "ring" if effect.kind == "control" else "mean"
        marks.append(dot(x(time), y(value), 5, f"{shape} {kind}", None, title))
        marks.append(beside((x(time), y(value)), effect.name, used, WIDTH - RIGHT))
    marks.append(axis_title(WIDTH - RIGHT, bottom + 32, "time to fit a row, base = 1"))
    return Chart(
        title="What it costs",
        caption="Up and to the left of the cross, the base, is better and faster.",
        width=WIDTH,
        height=bottom + 42,
        marks=marks,
        words=f"{len(known)} variants by metric and time; the table has the numbers",
    )


def _kind(verdict: str) -> str:
    """Return the class of a verdict's colour."""
    return {"needed": "needed", "harmful": "needed", "not needed": "spare"}.get(verdict, "open")
