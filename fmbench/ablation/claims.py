"""Claims: what a plan shows in sentences, each with the numbers and the cell that it stands on."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from fmbench.ablation.analysis import Analysis
from fmbench.ablation.effects import Effect
from fmbench.ablation.sweeps import Curve
from fmbench.ablation.words import signed, value
from fmbench.metrics import METRICS

VERDICTS = ("needed", "harmful", "not needed")
"""Verdicts that are claimed; an open question gives no claim."""


@dataclass(frozen=True, slots=True)
class Claim:
    """One sentence."""

    text: str
    of: str
    """The variant that it stands on."""


def claims(analysis: Analysis, effects: Sequence[Effect]) -> Iterator[Claim]:
    """Yield what is known of the effects of one context, the needed and the largest first."""
    plan = analysis.study.plan
    settled = [(e, j) for e in effects if (j := e.judged) and j.verdict in VERDICTS]
    settled.sort(key=lambda each: (VERDICTS.index(each[1].verdict), -abs(each[1].paired.mean)))
    name = METRICS[plan.metric].name
    for effect, judged in settled:
        change = signed(judged.paired.interval, plan.metric)
        p = judged.p_equivalent if judged.verdict == "not needed" else judged.p
        margin = f" (within {plan.margin})" if judged.verdict == "not needed" else ""
        yield Claim(
            f"{effect.name}: {name} {change} against the base, {judged.verdict}{margin}; "
            f"{'p < 0.001' if p < 0.001 else f'p = {p:.3f}'} after Holm for "
            f"{counted(analysis.family, 'question')}, {judged.paired.n} seeds",
            effect.name,
        )


def summary(analysis: Analysis, context: str | None = None) -> str:
    """Return what is settled and which levels are best, of one context or all, in sentences."""
    effects = [e for e in analysis.effects if context in (None, e.context)]
    judged = [e.judged for e in effects if e.judged]
    counts = [(v, sum(j.verdict == v for j in judged)) for v in VERDICTS]
    left = len(effects) - sum(n for _, n in counts)
    parts = [f"{n} {verdict}" for verdict, n in [*counts, ("open", left)] if n]
    said = [f"Of {counted(len(effects), 'comparison')}: {', '.join(parts)}."] if parts else []
    curves = [c for c in analysis.curves if context in (None, c.context)]
    said += [_best(curve, analysis) for curve in curves if curve.chosen is not None]
    return " ".join([analysis.study.plan.question, *said])


def _best(curve: Curve, analysis: Analysis) -> str:
    level = curve.levels[curve.chosen or 0]
    test = value(level.test, analysis.study.plan.metric)
    where = f" ({curve.context})" if curve.context else ""
    return f"Best of {curve.key} on validation rows{where}: {level.value}, on test rows {test}."


def counted(n: int, what: str) -> str:
    """Write how many there are of something."""
    return f"{n} {what}{'s' * (n != 1)}"
