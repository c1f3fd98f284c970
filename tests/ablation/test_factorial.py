"""Factorials against the textbook's arithmetic."""

import pytest

from fmbench.ablation import analyse

from .conftest import records_of, study_of

FACTORIAL = {
    "pairwise": {"model": "wide_deep"},
    "deep": {"model": "fm"},
    "pairwise + deep": {"model": "lr"},
}
CORNERS = {"base": 0.80, "no pairwise": 0.79, "no deep": 0.77, "no pairwise, no deep": 0.75}


def test_effects_and_interaction_of_two_factors() -> None:
    study = study_of({"base": {"model": "deepfm"}, "factorial": FACTORIAL, "seeds": 3})
    analysis = analyse(study, records_of(study, lambda name, seed: CORNERS.get(name, 0.75)))
    means = {part.factors: part.judged.paired.mean for part in analysis.parts}
    assert means == {
        ("pairwise",): pytest.approx(((0.80 - 0.79) + (0.77 - 0.75)) / 2),
        ("deep",): pytest.approx(((0.80 - 0.77) + (0.79 - 0.75)) / 2),
        ("pairwise", "deep"): pytest.approx(((0.80 - 0.79) - (0.77 - 0.75)) / 2),
    }


def test_a_corner_without_results_leaves_no_contrast() -> None:
    study = study_of({"base": {"model": "deepfm"}, "factorial": FACTORIAL, "seeds": 3})
    records = records_of(study, lambda name, seed: CORNERS.get(name, 0.75))
    missing = [record for record in records if record.spec.model != "fm"]
    assert analyse(study, missing).parts == []
