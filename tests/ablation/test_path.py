"""The path from base to stripped, and what is claimed in sentences."""

from itertools import pairwise

import pytest
from msgspec.structs import replace

from fmbench.ablation import analyse
from fmbench.ablation.claims import claims, summary
from fmbench.ablation.figures import waterfall
from fmbench.ablation.study import Study

from .conftest import records_of, study_of

WORTH = {"no pairwise": -0.001, "no deep part": -0.010, "lr": -0.015}
"""By the first cell that has the spec: without deep part it is fm, without both lr."""


def auc(name: str, seed: int) -> float:
    return 0.79 + WORTH.get(name, 0.0) + 1e-5 * ((seed * len(name)) % 7)


def test_the_part_that_is_missed_least_goes_first(parts: Study) -> None:
    steps = analyse(parts, records_of(parts, auc)).paths
    assert [step.part for step in steps] == ["", "pairwise", "deep"]
    changes = [step.change.mean for step in steps if step.change]
    assert changes == pytest.approx([-0.001, -0.014], abs=2e-4)
    whole = (steps[-1].value.mean or 0) - (steps[0].value.mean or 0)
    assert sum(c or 0 for c in changes) == pytest.approx(whole)


def test_it_is_missed_on_validation_rows(parts: Study) -> None:
    records = [
        replace(
            r, metrics={**r.metrics, "valid": {"auc": 0.9 - (r.spec.model == "wide_deep") / 10}}
        )
        for r in records_of(parts, auc)
    ]
    steps = analyse(parts, records).paths
    assert [step.part for step in steps] == ["", "deep", "pairwise"]


def test_a_waterfall_hangs_each_bar_on_the_one_before(parts: Study) -> None:
    chart = waterfall(analyse(parts, records_of(parts, auc)).paths, "auc")
    assert chart is not None
    bars = [mark.attributes for mark in chart.marks if mark.tag == "rect"]
    assert [bar["class"] for bar in bars] == ["gain", "loss", "loss"]
    for before, bar in pairwise(bars[1:]):
        assert float(bar["x"]) + float(bar["width"]) == pytest.approx(float(before["x"]), abs=0.2)


def test_there_is_no_path_without_every_cell(parts: Study) -> None:
    records = [r for r in records_of(parts, auc) if r.spec.model != "fm"]
    assert analyse(parts, records).paths == []
    assert waterfall([], "auc") is None


def test_a_claim_says_its_numbers_and_what_is_open_is_none() -> None:
    study = study_of(
        {
            "base": {"model": "deepfm"},
            "variants": {
                "no deep part": {"model": "fm", "control": False},
                "narrow": {"args": {"embed_dim": 8}, "control": False},
                "wild": {"args": {"dropout": 0.9}, "control": False},
            },
        }
    )

    def value(name: str, seed: int) -> float:
        noise = 0.02 * (seed % 2 - 0.5) if name == "wild" else 1e-5 * ((seed * len(name)) % 7)
        return 0.79 - 0.01 * (name == "no deep part") + noise

    analysis = analyse(study, records_of(study, value))
    said = {claim.of: claim.text for claim in claims(analysis, analysis.effects)}
    assert list(said) == ["no deep part", "narrow"]
    assert said["no deep part"] == (
        "no deep part: auc -0.0100 ± 0.0000 against the base, needed; "
        "p < 0.001 after Holm for 3 questions, 10 seeds"
    )
    assert "not needed (within 0.001)" in said["narrow"]
    assert summary(analysis) == "? Of 3 comparisons: 1 needed, 1 not needed, 1 open."


def test_a_sweep_says_which_level_is_best(parts: Study) -> None:
    analysis = analyse(parts, records_of(parts, auc))
    level = analysis.curves[0].levels[analysis.curves[0].chosen or 0]
    assert summary(analysis, "").endswith(
        f"Best of args.dropout on validation rows: {level.value}, on test rows "
        f"{level.test.mean:.4f} ± {level.test.half_width:.4f}."
    )
