"""The suites of BARS resolve without data, to the splits that values are published for."""

import tomllib
from pathlib import Path

import pytest

from fmbench.api.suites import specs
from fmbench.data import Where
from fmbench.models import CORE
from fmbench.report.published import FOLDER
from fmbench.spec import read_toml

SUITES = sorted((Path(__file__).parents[2] / "benchmarks" / "bars").glob("*.toml"))


def test_each_published_setting_has_its_suite() -> None:
    assert [path.name for path in SUITES] == sorted(path.name for path in FOLDER.glob("*.toml"))


@pytest.mark.parametrize("path", SUITES, ids=lambda path: path.stem)
def test_a_suite_runs_what_was_published(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("FMBENCH_DATA", raising=False)
    _, found = specs(read_toml(path), Where())
    published = tomllib.loads((FOLDER / path.name).read_text(encoding="utf-8"))
    assert {spec.model for spec in found} == set(CORE)
    for spec in found:
        assert spec.dataset == published["dataset"]
        assert spec.dataset_args.items() >= published["data"].items()
        assert spec.train.batch_size == 4096
    (size,) = {spec.model_args["embed_dim"] for spec in found if spec.model != "lr"}
    assert size in (10, 16, 32, 40, 128)
