"""Averages beside a table: of made-up predictions whose worth is known."""

import csv
import io
import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from fmbench import report
from fmbench.cli import main
from fmbench.metrics import auc, logloss
from fmbench.record import Record
from fmbench.report import Averages, Scored, Validation, build_averages, split_tables
from fmbench.stats import average

Make = Callable[..., Record]
Logits = NDArray[np.float32]

ROWS = 3_000
NOISE = {"wide": 1.0, "deep": 1.1, "poor": 4.0}
SEEDS = 3


def rows(part: int) -> tuple[NDArray[np.bool_], NDArray[np.float64]]:
    random = np.random.default_rng(part)
    truth = random.normal(0, 1.5, ROWS)
    return random.random(ROWS) < 1 / (1 + np.exp(-truth)), truth


def said(records: list[Record], part: int) -> dict[tuple[str, int], Logits]:
    """Return logits whose noise is half of the model and half of the seed."""
    truth = rows(part)[1]
    found = {}
    for record in records:
        own = np.random.default_rng((part, *record.spec.model.encode()))
        seed = np.random.default_rng((part, record.spec.seed, *record.spec.model.encode()))
        noise = own.normal(0, 1, ROWS) + seed.normal(0, 1, ROWS)
        logits = truth + NOISE[record.spec.model] * noise / np.sqrt(2)
        found[record.spec.case, record.spec.seed] = logits.astype(np.float32)
    return found


@pytest.fixture
def records(record: Make) -> list[Record]:
    labels, _ = rows(1)
    specs = [record(model=model, seed=seed) for model in NOISE for seed in range(SEEDS)]
    logits = said(specs, 1)
    exact = {key: of.astype(np.float64) for key, of in logits.items()}
    return [
        record(
            model=each.spec.model,
            seed=each.spec.seed,
            auc=auc(labels, exact[each.spec.case, each.spec.seed]),
            logloss=logloss(labels, exact[each.spec.case, each.spec.seed]),
        )
        for each in specs
    ]


def built(records: list[Record], *, with_valid: bool = True, least: int = 3) -> Averages | None:
    (table,) = split_tables(records)
    labels, _ = rows(1)
    scored = Scored(labels, np.arange(ROWS) // 3, said(records, 1))
    valid = Validation(rows(2)[0], said(records, 2)) if with_valid else None
    return build_averages(table, scored, valid, least)


def test_averages_are_those_of_the_predictions(records: list[Record]) -> None:
    found = built(records, with_valid=False)
    assert found is not None
    labels, logits = rows(1)[0], said(records, 1)
    by_name = {each.name: each for each in found.rows}
    assert by_name.keys() == NOISE.keys()
    for model in NOISE:
        own = [
            logits[r.spec.case, r.spec.seed].astype(np.float64)
            for r in records if r.spec.model == model
        ]  # fmt: skip
        whole = average(own, "probabilities")
        each = by_name[model]
        assert (each.kind, each.of, each.seeds) == ("seeds", "3 seeds", 3)
        assert each.metrics["auc"].mean == auc(labels, whole)
        assert each.metrics["logloss"].mean == logloss(labels, whole)
        assert each.metrics["auc"].low < each.metrics["auc"].mean < each.metrics["auc"].high
    best = split_tables(records)[0].rows[0]
    first = by_name[best.name]
    assert first.gain.mean == pytest.approx(first.metrics["auc"].mean - best.metrics["auc"].mean)
    assert first.gain.low > 0  # half of the noise is the seeds', and averaged away
    assert by_name["poor"].gain.high < 0


def test_the_ensemble_is_chosen_on_validation_rows_and_beats_its_parts(
    records: list[Record],
) -> None:
    found = built(records)
    assert found is not None
    (ensemble,) = (each for each in found.rows if each.kind == "ensemble")
    assert found.rows[0] is ensemble
    assert ensemble.of.startswith(("wide 0.", "deep 0."))
    parts = [each for each in found.rows if each.kind == "seeds"]
    assert ensemble.metrics["logloss"].mean < min(each.metrics["logloss"].mean for each in parts)
    assert any("Caruana et al., 2004" in note for note in found.notes)
    assert any("chosen on validation rows" in note for note in found.notes)


def test_without_validation_predictions_there_is_no_ensemble_and_it_is_said(
    records: list[Record],
) -> None:
    found = built(records, with_valid=False)
    assert found is not None
    assert {each.kind for each in found.rows} == {"seeds"}
    assert "No ensemble: the store has no validation predictions of every model" in found.notes


def test_costs_are_the_sum_of_the_parts(records: list[Record]) -> None:
    found = built(records)
    assert found is not None
    for each in found.rows:
        n = each.seeds
        assert n == (3 if each.kind == "seeds" else 3 * (1 + each.of.count(",")))
        assert each.parameters == n * 888_123
        assert each.time_to_best_s == pytest.approx(n * 3.456)
        assert each.predict_latency_p50_ms == pytest.approx(n * 0.3)
        assert each.predict_samples_per_s == pytest.approx(1_234_567 / n)


def test_too_few_seeds_are_not_averaged(records: list[Record]) -> None:
    few = [r for r in records if r.spec.seed < 2]
    assert built(few) is None
    found = built(few, least=2)
    assert found is not None
    assert "2 seeds" in {each.of for each in found.rows}


def test_seeds_that_all_say_the_same_are_one(records: list[Record]) -> None:
    (table,) = split_tables(records)
    labels, _ = rows(1)
    logits = said(records, 1)
    same = {(case, seed): logits[case, 0] for case, seed in logits}
    assert build_averages(table, Scored(labels, None, same), None, 2) is None


def test_an_average_is_in_no_tie_and_no_pair(records: list[Record]) -> None:
    """What a table says of its models is the same with averages beside it."""
    found = built(records)
    plain = json.loads(report.show(records, "json"))
    beside = json.loads(report.show(records, "json", averaged=lambda table: found))
    averages = beside.pop("averages")
    assert beside == plain
    assert {each["kind"] for each in averages} == {"seeds", "ensemble"}
    assert all(each["fingerprint"] == plain["rows"][0]["fingerprint"] for each in averages)


@pytest.mark.parametrize("format", ["table", "md", "latex", "html"])
def test_every_format_for_people_shows_them_apart(format: str, records: list[Record]) -> None:
    found = built(records)
    shown = report.show(records, format, averaged=lambda table: found)
    assert "averages of predictions" in shown
    assert shown.index("averages of predictions") > shown.index("tie")
    assert "averages of predictions" not in report.show(records, format)


def test_csv_marks_them(records: list[Record]) -> None:
    found = built(records)
    assert found is not None
    shown = report.show(records, "csv", averaged=lambda table: found)
    lines = list(csv.DictReader(io.StringIO(shown)))
    marked = [line for line in lines if line["status"] == "average"]
    assert [line["name"] for line in marked] == [each.name for each in found.rows]
    assert [float(line["auc_mean"]) for line in marked] == [
        each.metrics["auc"].mean for each in found.rows
    ]
    assert {line["group"] for line in marked} == {""}


def test_a_store_keeps_what_it_takes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("FMBENCH_CACHE", f"{tmp_path}/cache")
    out = f"{tmp_path}/runs"
    suite = ["--dataset", "kmrd-synth", "--set", "data.rows=3000", "--set", "train.max_epochs=2"]
    models = ["--models", "lr,mean,user_movie_means", "--seeds", "2"]
    assert main(["run", *suite, *models, "--jobs", "1", "--out", out]) == 0
    assert "averages of predictions" not in capsys.readouterr().out
    assert main(["report", out, "--averages", "--format", "json"]) == 0
    found = json.loads(capsys.readouterr().out)["averages"]
    assert {each["name"] for each in found} >= {"lr"}
    for path in Path(out, "predictions").glob("*-*-*.f32z"):
        path.unlink()  # as in a store from before they were kept
    assert main(["report", out, "--averages"]) == 0
    assert "No ensemble: the store has no validation predictions" in capsys.readouterr().out
    assert main(["report", out, "--verify"]) == 0
