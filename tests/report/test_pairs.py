import csv
import io
import json
from collections.abc import Callable

import numpy as np
import pytest

from fmbench import report
from fmbench.cli import main
from fmbench.record import Record
from fmbench.report import Scored

Make = Callable[..., Record]

GOOD = [0.7920, 0.7925, 0.7915, 0.7921]
FAIR = [0.7800, 0.7806, 0.7795, 0.7803]
LIKE = [0.7802, 0.7804, 0.7797, 0.7802]


@pytest.fixture
def records(record: Make) -> list[Record]:
    of = {"good": (GOOD, 0.50), "fair": (FAIR, 0.52), "also": (LIKE, 0.51)}
    return [
        record(model=model, seed=seed, auc=auc, logloss=loss + 0.0001 * seed)
        for model, (aucs, loss) in of.items()
        for seed, auc in enumerate(aucs)
    ]


def score(records: list[Record]) -> Scored:
    """Made-up logits by which `good` orders the rows best."""
    random = np.random.default_rng(0)
    labels = random.random(500) < 0.6
    noise = {"good": 0.5, "fair": 1.5, "also": 1.5}
    logits = {
        (r.spec.case, r.spec.seed): (
            labels + random.normal(0, noise[r.spec.model], 500)
        ).astype(np.float32)
        for r in records
    }  # fmt: skip
    return Scored(labels, random.integers(200, size=500), logits)


def pairs(records: list[Record], scored: Scored | None) -> dict[tuple[str, ...], dict[str, object]]:
    shown = report.show_pairs(records, "json", lambda table: scored)
    return {(p["metric"], p["better"], p["worse"]): p for p in json.loads(shown)["pairs"]}


def test_what_is_better_and_by_how_much(records: list[Record]) -> None:
    found = pairs(records, None)
    assert len(found) == 6
    best = found["auc", "good", "fair"]
    assert best["verdict"] == "better"
    assert best["difference"]["mean"] == pytest.approx(np.mean(GOOD) - np.mean(FAIR))
    assert best["users_and_seeds"] is best["rows_p"] is None
    # a lower logloss is the better one: better - worse is negative
    assert found["logloss", "good", "fair"]["difference"]["mean"] == pytest.approx(-0.02)
    assert found["auc", "also", "fair"]["verdict"] == "equal within 0.001"


def test_other_users_seeds_and_rows_are_asked_where_predictions_are(records: list[Record]) -> None:
    found = pairs(records, score(records))
    best = found["auc", "good", "fair"]
    assert 0 < best["users_and_seeds"]["low"] < best["users_and_seeds"]["high"]
    assert best["rows_p"] < 0.001
    assert found["logloss", "good", "fair"]["rows_p"] is None
    assert found["logloss", "good", "fair"]["users_and_seeds"] is not None


def test_each_pair_is_asked_over_all_seeds_that_it_has_in_common(records: list[Record]) -> None:
    for left in (2, 1):
        kept = [r for r in records if r.spec.model != "also" or r.spec.seed < left]
        found = pairs(kept, score(records))
        both = pairs([r for r in kept if r.spec.model != "also"], score(records))
        assert found["auc", "good", "fair"]["users_and_seeds"]["n"] == 4
        for key, pair in both.items():
            assert found[key]["users_and_seeds"] == pair["users_and_seeds"]
        of_also = [pair["difference"]["n"] for key, pair in found.items() if "also" in key]
        assert of_also == ([2] * 4 if left == 2 else [])


def test_claims_of_equality_are_adjusted_as_claims_of_a_difference_are(record: Make) -> None:
    """Two models that one pair would call equal are open where there are many pairs."""
    aucs, shift = [0.7900, 0.7908, 0.7899, 0.7904], [0.0003, -0.0001, 0.0004, 0.0]

    def found(models: int) -> set[str]:
        records = [
            record(model=f"m{i}", seed=seed, auc=auc + i // 2 * 0.01 + i % 2 * shift[seed])
            for i in range(models)
            for seed, auc in enumerate(aucs)
        ]
        shown = json.loads(report.show_pairs(records, "json", lambda table: None))["pairs"]
        return {p["verdict"].partition(";")[0] for p in shown if p["metric"] == "auc"}

    assert found(2) == {"equal within 0.001"}
    assert found(8) == {"better", "open"}


def test_two_settings_of_a_model_are_told_apart(record: Make) -> None:
    records = [
        record(model="fm", model_args={"embed_dim": dim}, seed=seed, auc=0.79 + 0.01 * (dim == 8))
        for dim in (8, 16)
        for seed in range(3)
    ]
    (pair, *_) = json.loads(report.show_pairs(records, "json", lambda table: None))["pairs"]
    assert pair["better"] != pair["worse"]
    assert pair["better"].startswith("fm (")


@pytest.mark.parametrize("form", ["table", "md", "html", "latex"])
def test_every_format_shows_every_pair(form: str, records: list[Record]) -> None:
    shown = report.show_pairs(records, form, lambda table: None)
    assert shown.count("equal within 0.001") == 1
    assert shown.count("other users, other rows: not asked") == 2


def test_csv_holds_what_json_holds(records: list[Record]) -> None:
    shown = report.show_pairs(records, "csv", lambda table: score(records))
    rows = list(csv.DictReader(io.StringIO(shown)))
    found = pairs(records, score(records))
    for row in rows:
        pair = found[row["metric"], row["better"], row["worse"]]
        assert float(row["p"]) == pair["p"]
        assert float(row["difference_low"]) == pair["difference"]["low"]


def test_an_open_question_says_what_would_settle_it(record: Make) -> None:
    values = {"a": [0.790, 0.794, 0.792], "b": [0.791, 0.790, 0.7915]}
    records = [
        record(model=m, seed=s, auc=auc) for m, aucs in values.items() for s, auc in enumerate(aucs)
    ]
    (pair,) = (p for key, p in pairs(records, None).items() if key[0] == "auc")
    assert pair["verdict"].startswith("open; ")
    assert pair["verdict"].endswith(" seeds would tell")


def test_the_verb_asks_the_store_and_the_data(
    tmp_path: object, capsys: pytest.CaptureFixture[str]
) -> None:
    small = ["--dataset", "kmrd-synth", "--set", "data.rows=2000", "--set", "train.max_epochs=1"]
    out = f"{tmp_path}/runs"
    assert main(["run", *small, "--models", "lr,fm", "--seeds", "2", "--out", out]) == 0
    capsys.readouterr()
    assert main(["report", out, "--pairs", "--format", "json"]) == 0
    for pair in json.loads(capsys.readouterr().out)["pairs"]:
        assert pair["difference"]["n"] == pair["users_and_seeds"]["n"] == 2
