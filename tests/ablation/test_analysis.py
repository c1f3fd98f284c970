"""The analysis on made-up numbers whose answers are known."""

import numpy as np
import pytest

from fmbench.ablation import Scored, analyse, ask, known
from fmbench.ablation.importance import agreement
from fmbench.ablation.study import Study
from fmbench.record import Record

from .conftest import PARTS, records_of, study_of

WORTH = {
    "base": 0.0,
    "lr": -0.020,
    "no deep part": -0.010,
    "no deep": -0.010,
    "no pairwise": -0.004,
    "no pairwise, no deep": -0.020,
    "narrow": 0.0,
    "without user": -0.015,
    "without movie": -0.008,
    "without hour": 0.0,
    "movie alone": -0.030,
    "dropout 0.5": 0.005,
}


def auc(name: str, seed: int) -> float:
    """Return seed noise that all cells share, and a little of their own."""
    own = 1e-4 * np.sin(7 * seed + len(name))
    return 0.79 + 0.002 * np.cos(seed) + WORTH.get(name, 0.0) + own * (name != "base")


def test_effects_are_paired_and_called_what_they_are(parts: Study) -> None:
    analysis = analyse(parts, records_of(parts, auc))
    effects = {effect.name: effect for effect in analysis.effects}
    verdicts = {name: e.judged.verdict for name, e in effects.items() if e.judged}
    assert verdicts["no deep part"] == verdicts["without user"] == "needed"
    assert verdicts["narrow"] == verdicts["without hour"] == "not needed"
    deep = effects["no deep part"]
    assert deep.judged is not None
    assert deep.judged.paired.mean == pytest.approx(-0.010, abs=2e-4)
    # The noise that seeds share is gone: it alone would give an interval ten times as wide.
    assert deep.judged.paired.error < 1e-4
    assert deep.cost.parameters_ratio == pytest.approx(17_000 / 19_048)
    assert deep.cost.time_ratio == pytest.approx(17_000 / 19_048)


def test_the_gap_is_from_the_floor_to_the_best_cell(parts: Study) -> None:
    analysis = analyse(parts, records_of(parts, auc))
    (base,) = analysis.bases
    assert base.gap == pytest.approx(0.025, abs=3e-4)  # the level of the sweep is best
    (deep,) = (e for e in analysis.effects if e.name == "no deep part")
    assert deep.share == pytest.approx(-0.4, abs=0.01)


def test_of_a_gap_as_good_as_none_there_is_no_share(parts: Study) -> None:
    def level(name: str, seed: int) -> float:
        return auc(name, seed) * 1e-2

    analysis = analyse(parts, records_of(parts, level))
    assert analysis.bases[0].gap is not None
    assert {effect.share for effect in analysis.effects} == {None}


def test_the_family_is_the_plan(parts: Study) -> None:
    analysis = analyse(parts, records_of(parts, auc))
    assert analysis.family == len(analysis.effects) + 3  # two factors and what they do together
    assert len(analysis.effects) == 7  # two variants, a control, three fields out, one alone


def test_a_variant_that_gains_is_called_harmful(parts: Study) -> None:
    def better(name: str, seed: int) -> float:
        return auc(name, seed) + 0.01 * (name == "narrow")

    (narrow,) = (e for e in analyse(parts, records_of(parts, better)).effects if e.name == "narrow")
    assert narrow.judged is not None
    assert narrow.judged.verdict == "harmful"


def test_logloss_is_better_when_lower() -> None:
    study = study_of({**PARTS, "metric": "logloss"})
    analysis = analyse(study, records_of(study, lambda name, seed: 1.0 - auc(name, seed)))
    effects = {effect.name: effect for effect in analysis.effects}
    deep = effects["no deep part"]
    assert deep.judged is not None
    assert (deep.judged.verdict, deep.judged.paired.mean > 0) == ("needed", True)
    assert deep.share == pytest.approx(-0.4, abs=0.01)
    assert [part.judged.verdict for part in analysis.parts[:2]] == ["needed", "needed"]


def test_failures_and_absent_cells_are_no_results(parts: Study) -> None:
    records = [
        Record(spec=record.spec, status="error") if record.spec.name == "narrow" else record
        for record in records_of(parts, auc)
        if record.spec.name != "movie alone"
    ]
    effects = {effect.name: effect for effect in analyse(parts, records).effects}
    for name in ("narrow", "movie alone"):
        assert effects[name].judged is None
        assert (effects[name].failures, effects[name].value.mean) == (5, None)
    # What has no answer was asked all the same: the others are adjusted as if it had one.
    assert analyse(parts, records).family == analyse(parts, records_of(parts, auc)).family
    one = [r for r in records_of(parts, auc) if r.spec.name in ("base", "without hour")]
    (hour,) = (e.judged for e in analyse(parts, one).effects if e.judged)
    assert hour.p_equivalent == pytest.approx(10 * hour.paired.p_equivalent(0.001))


def test_fields_are_ranked_and_both_ways_compared(parts: Study) -> None:
    leaned = {"user": 0.03, "movie": 0.02, "hour": 0.001}
    records = [
        Record(**{**{f: getattr(r, f) for f in r.__struct_fields__}, "shuffled": leaned})
        for r in records_of(parts, auc)
    ]
    found = analyse(parts, records).fields
    assert [each.field for each in found] == ["user", "movie", "hour"]
    assert found[0].retrained.mean == pytest.approx(0.015, abs=2e-4)
    assert found[0].shuffled.mean == pytest.approx(0.03)
    assert agreement(found) == pytest.approx(1.0)
    assert agreement(found[:2]) is None


def test_a_sweep_is_chosen_on_validation_rows(parts: Study) -> None:
    records = [
        Record(
            spec=r.spec,
            status="ok",
            metrics={
                "test": r.metrics["test"],
                "valid": {"auc": 0.9 if r.spec.model_args.get("dropout") == 0.0 else 0.8},
            },
        )
        for r in records_of(parts, auc)
    ]
    analysis = analyse(parts, records)
    (curve,) = analysis.curves
    assert analysis.bases[0].gap == pytest.approx(0.020, abs=3e-4)  # and so is the top of the gap
    assert [level.value for level in curve.levels] == ["0.0", "0.2", "0.5"]
    assert curve.chosen == 0  # though 0.5 is better on the test rows
    assert curve.levels[1].difference is None
    assert curve.levels[2].difference is not None
    assert curve.levels[2].difference.mean == pytest.approx(0.005, abs=2e-4)


def test_rows_are_asked_where_they_are_at_hand(parts: Study) -> None:
    random = np.random.default_rng(0)
    labels = random.random(400) < 0.5
    signal = random.normal(size=400) + labels
    cases = {cell.name: cell.spec.case for cell in parts.cells}
    logits = {}
    for seed in range(5):
        logits[cases["base"], seed] = signal
        logits[cases["no deep part"], seed] = random.normal(size=400)
        logits[cases["narrow"], seed] = signal * 2  # the same order: the same AUC
    records = records_of(parts, auc)
    answers = ask(parts, records, {"": Scored(labels, logits)})
    analysis = analyse(parts, records, known(parts, records, answers))
    p = {effect.name: effect.rows_p for effect in analysis.effects}
    assert p["narrow"] == 1.0
    assert p["no deep part"] is not None
    assert p["no deep part"] < 0.001
    assert p["movie alone"] is None
