"""A study is fixed before its cells run."""

from pathlib import Path

import pytest

from fmbench.ablation.study import Study, keep, kept
from fmbench.errors import StoreError, UsageError

from .conftest import PARTS, study_of


def test_a_study_comes_back_as_it_was(parts: Study, tmp_path: Path) -> None:
    keep(parts, tmp_path)
    keep(parts, tmp_path)
    assert kept(tmp_path) == [parts]
    assert kept(tmp_path / "elsewhere") == []


def test_a_plan_that_was_changed_is_another(parts: Study, tmp_path: Path) -> None:
    keep(parts, tmp_path)
    with pytest.raises(UsageError, match=r"plan 'p' in .* is a different one; a plan is fixed"):
        keep(study_of({**PARTS, "margin": 0.01}), tmp_path)
    assert kept(tmp_path) == [parts]


@pytest.mark.parametrize("change", [("{", "["), ('"schema": 1', '"schema": 2')])
def test_a_damaged_or_newer_study_is_refused(
    parts: Study, tmp_path: Path, change: tuple[str, str]
) -> None:
    keep(parts, tmp_path)
    path = tmp_path / "plans" / "p.json"
    path.write_text(path.read_text().replace(*change, 1))
    with pytest.raises(StoreError, match=r"p\.json"):
        kept(tmp_path)
