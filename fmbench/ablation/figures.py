"""Figures of a study: the forest of its effects, what they cost, and responses to sweeps."""

from collections.abc import Iterator, Sequence

from fmbench.ablation.effects import Effect
from fmbench.ablation.path import Step
from fmbench.ablation.sweeps import Curve
from fmbench.ablation.verdict import LEVEL, Judged
from fmbench.metrics import METRICS
from fmbench.pages.chart import (
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
    spot,
    stairs,
    upright,
)
from fmbench.pages.scale import Scale, fitted
from fmbench.report.pareto import front

WIDTH, LEFT, RIGHT, STEP = 460.0, 178.0, 14.0, 26.0

TURNED = 96.0
"""Pixels that the name of the last context, which is turned, reaches to the right."""

LONGEST = 25
"""Letters of a name; a longer one shows both ends, as its end tells a control apart."""


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
        kind = kind_of(judged.verdict)
        title = f"{effect.name}: {judged.paired.mean:+.4f}, {judged.verdict}"
        interval = judged.paired.interval
        marks.append(label(LEFT - 12, y, _ends(effect.name), "name", "end", effect.name))
        if interval.low is not None and interval.high is not None:
            marks.append(line(x(interval.low), y, x(interval.high), y, f"bar {kind}"))
        marks.append(dot(x(judged.paired.mean), y, 5, _shape(effect), None, title))
    marks.append(axis_title(WIDTH - RIGHT, bottom + 30, f"{METRICS[metric].name}, variant - base"))
    verdicts = (f"{effect.name}: {judged.verdict}" for effect, judged in known)
    return Chart(
        title="Effects",
        caption=f"Variant less base with 95 % intervals; band: within {margin}, as good as none. "
        "Red: needed or harmful; green: not needed; grey: open; rings: as large as the base.",
        width=WIDTH,
        height=bottom + 40,
        marks=marks,
        words=f"Verdicts: {'. '.join(verdicts)}",
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
    side = max(44.0, min(72.0, (WIDTH - LEFT - TURNED) / len(contexts)))
    top = 84.0
    marks = []
    for m, context in enumerate(contexts):
        x, y = LEFT + side * (m + 0.5), top - 8
        turned: Attributes = {"x": x, "y": y, "transform": f"rotate(-35 {x:g} {y:g})"}
        marks.append(Mark("text", {**turned, "class": "name"}, short_name(context), context))
    for n, name in enumerate(names):
        y = top + STEP * n
        marks.append(label(LEFT - 12, y + STEP / 2, _ends(name), "name", "end", name))
        for m, context in enumerate(contexts):
            if judged := shown.get((name, context)):
                marks += _square(LEFT + side * m, y, side, sign, largest, judged)
    return Chart(
        title="Variants and contexts",
        caption=f"Variant less base in thousandths of {metric}; bold: p < {LEVEL} after Holm.",
        width=max(WIDTH, LEFT + side * len(contexts) + TURNED),
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


def cost(effects: Sequence[Effect], base: float | None, metric: str) -> Chart | None:
    """Return the metric against the time to fit a row: what another beats in both is dimmed."""
    known = [
        (effect, effect.value.mean, effect.cost.time_ratio)
        for effect in effects
        if effect.value.mean is not None and effect.cost.time_ratio and effect.judged
    ]
    if not known or base is None:
        return None
    points = [("base", "mean s0", base, 1.0)] + [
        (effect.name, _shape(effect), value, time) for effect, value, time in known
    ]
    sign = 1 if METRICS[metric].higher_is_better else -1
    leads = front([(sign * value, -time) for *_, value, time in points])
    top, bottom, left = 12.0, 216.0, 60.0
    x = fitted((t for *_, t in points), left, WIDTH - RIGHT, is_log=True, room=0.2)
    y = fitted((v for *_, v, _ in points), bottom, top, room=0.12)
    marks = [*upright(y, left, WIDTH - RIGHT), *level(x, top, bottom)]
    best = [point for point, is_ahead in zip(points, leads, strict=True) if is_ahead]
    along = sorted((x(time), y(value)) for *_, value, time in best)
    if len(along) > 1:
        marks.append(path(stairs(along), "front"))
    used = [spot(x(time), y(value)) for *_, value, time in points]
    # Who leads is named first: names come where there is room.
    for is_ahead, point in sorted(zip(leads, points, strict=True), key=lambda each: not each[0]):
        name, shape, value, time = point
        faded = "" if is_ahead else " faded"
        title = f"{name}: {value:.4f}, {time:.2f} times the base's time"
        at = (x(time), y(value))
        marks.append(dot(*at, 5, f"{shape}{faded}", None, title))
        marks += beside(at, name, used, WIDTH - RIGHT, f"name{faded}")
    marks.append(axis_title(WIDTH - RIGHT, bottom + 32, "time to fit a row, base = 1"))
    return Chart(
        title="What it costs",
        caption=f"{METRICS[metric].name} against time. On the line: no other is both better and "
        "faster. Blue: the base; names where there is room.",
        width=WIDTH,
        height=bottom + 42,
        marks=marks,
        words=f"Pareto front by {metric} and time: {', '.join(name for name, *_ in best)}",
    )


def waterfall(steps: Sequence[Step], metric: str) -> Chart | None:
    """Return the path from base to stripped: what each part takes with it when it goes."""
    known = [(step, step.value.mean) for step in steps if step.value.mean is not None]
    if len(known) < 2 or len(known) < len(steps):
        return None
    sign = 1 if METRICS[metric].higher_is_better else -1
    bounds = [v for s, _ in known for v in (s.value.mean, s.value.low, s.value.high) if v]
    x = fitted(bounds, LEFT, WIDTH - RIGHT - 44)
    bottom = 14 + STEP * len(known)
    marks = [*level(x, 10, bottom)]
    before = known[0][1]
    for n, (step, value) in enumerate(known):
        y = 26 + STEP * n
        name = f"no {step.part}" if step.part else "base"
        marks.append(label(LEFT - 12, y, _ends(name), "name", "end", name))
        kind = "gain" if sign * (value - before) >= 0 else "loss"
        low, high = sorted((x(before), x(value)))
        place = {"x": low, "y": y - 8, "width": max(round(high - low, 1), 1.5), "height": 16}
        title = f"{name}: {value:.4f}, {value - before:+.4f}"
        marks.append(Mark("rect", {**place, "rx": 2, "class": kind}, "", title))
        marks.append(line(x(value), y - 8, x(value), y + (STEP + 8) * (n < len(known) - 1), "zero"))
        text = f"{1000 * (value - before):+.1f}".replace("-", "−") if n else f"{value:.4f}"
        marks.append(label(WIDTH - RIGHT, y, text, "tick", "end"))
        before = value
    marks.append(axis_title(WIDTH - RIGHT, bottom + 30, f"test {METRICS[metric].name}"))
    return Chart(
        title="From base to stripped",
        caption=f"Parts go one by one, first the one missed least on validation rows; at the right "
        f"what that changes, in thousandths of {metric}.",
        width=WIDTH,
        height=bottom + 40,
        marks=marks,
        words="From base to stripped: "
        + ", ".join(f"{step.part or 'base'} {value:.4f}" for step, value in known),
    )


def _shape(effect: Effect) -> str:
    kind = kind_of(effect.judged.verdict) if effect.judged else "open"
    return f"{'ring' if effect.kind == 'control' else 'mean'} {kind}"


def _ends(name: str) -> str:
    """Return both ends of a name that is too long to stand beside a figure."""
    return name if len(name) <= LONGEST else f"{name[: LONGEST - 11]}…{name[-10:]}"


def kind_of(verdict: str) -> str:
    """Return the class of a verdict's colour."""
    return {"needed": "needed", "harmful": "needed", "not needed": "spare"}.get(verdict, "open")
