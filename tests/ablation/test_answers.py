"""Answers of predictions: kept beside a study, and about no other records than those asked."""

from pathlib import Path

import numpy as np
import pytest
from msgspec.structs import replace

from fmbench.ablation import Scored, ask, keep_answers, kept_answers, known
from fmbench.ablation.study import Study
from fmbench.errors import StoreError
from fmbench.record import Record

from .conftest import records_of


def records(study: Study) -> list[Record]:
    return [
        replace(record, predictions=f"{i:064x}")
        for i, record in enumerate(records_of(study, lambda name, seed: 0.7))
    ]


def scored(study: Study) -> Scored:
    random = np.random.default_rng(0)
    cases = {cell.spec.case for cell in study.cells}
    logits = {(case, seed): random.normal(size=50) for case in sorted(cases) for seed in range(5)}
    return Scored(random.random(50) < 0.5, logits)


def test_what_was_asked_is_known_again_of_the_same_predictions_alone(
    parts: Study, tmp_path: Path
) -> None:
    made = records(parts)
    answers = ask(parts, made, {"": scored(parts)})
    assert known(parts, made, answers).keys() >= {("", "no deep part"), ("", "without hour")}
    keep_answers(parts, answers, tmp_path)
    assert kept_answers(parts, tmp_path) == answers

    changed = next(cell.spec.case for cell in parts.cells if cell.name == "without hour")
    others = [
        replace(r, predictions="f" * 64) if r.spec.case == changed and r.spec.seed == 3 else r
        for r in made
    ]
    left = known(parts, made, answers).keys() - known(parts, others, answers).keys()
    assert left == {("", "without hour")}


def test_a_later_run_without_predictions_takes_nothing_back(parts: Study, tmp_path: Path) -> None:
    answers = ask(parts, records(parts), {"": scored(parts)})
    keep_answers(parts, answers, tmp_path)
    keep_answers(parts, ask(parts, records(parts), {}), tmp_path)
    assert kept_answers(parts, tmp_path) == answers


def test_what_is_no_answer_is_refused(parts: Study, tmp_path: Path) -> None:
    assert kept_answers(parts, tmp_path).rows_p == {}
    path = tmp_path / "answers" / f"{parts.plan.name}.json"
    path.parent.mkdir()
    path.write_text('{"rows_p": {"": {"x": 0.5}}}')
    with pytest.raises(StoreError, match="is damaged"):
        kept_answers(parts, tmp_path)
