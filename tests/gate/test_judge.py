import re
from collections.abc import Callable
from datetime import date
from typing import Any

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.stats import trim_mean, ttest_ind

from fmbench.errors import StoreError
from fmbench.gate import Acceptance, Cell, Check, Side, adjusted, check, compare
from fmbench.gate.speed import Noise
from fmbench.record import Epoch, Record

Make = Callable[..., list[Record]]

NAME = "fm/kmrd-small/ids/random"
TODAY = date(2026, 11, 24)


def drawn(seed: int, mean: float, spread: float = 0.0005, n: int = 10) -> list[float]:
    return [float(x) for x in np.random.default_rng(seed).normal(mean, spread, n)]


def one(cells: list[Cell], metric: str = "auc") -> Cell:
    (found,) = (cell for cell in cells if cell.metric == metric)
    return found


def verdicts(cells: list[Cell]) -> dict[str, str]:
    return {cell.metric: cell.verdict for cell in cells}


def test_the_same_predictions_are_equal_without_statistics(records: Make) -> None:
    cells = compare(records(aucs=[0.7]), records(aucs=[0.7]))
    assert verdicts(cells)["auc"] == verdicts(cells)["logloss"] == "EQUIVALENT"
    auc = one(cells)
    assert (auc.change, auc.low, auc.high) == (0.0, 0.0, 0.0)
    assert auc.why == "the same predictions, bit for bit, on 1 common seed"
    fewer = one(compare(records(aucs=[0.7, 0.71]), records(aucs=[0.7])))
    assert fewer.why == "the same predictions, bit for bit, on 1 of the 2 seeds of the base"


def test_the_same_predictions_with_another_value_show_that_the_metric_changed(
    records: Make,
) -> None:
    same = {"predictions": "0" * 64}
    cells = compare(records(aucs=[0.7, 0.71], **same), records(aucs=[0.7, 0.72], **same))
    assert one(cells).verdict == "NOT_COMPARABLE"
    assert one(cells).why.endswith("the metric's code changed")


@pytest.mark.parametrize(
    ("change", "verdict"),
    [(-0.003, "REGRESSED"), (0.003, "IMPROVED"), (0.0001, "EQUIVALENT")],
)
def test_a_change_is_found_in_pairs_of_seeds(change: float, verdict: str, records: Make) -> None:
    base = drawn(0, 0.79)
    new = [x + change + e for x, e in zip(base, drawn(1, 0, 0.0003), strict=True)]
    auc = one(compare(records(aucs=base), records(aucs=new)))
    assert auc.verdict == verdict
    assert auc.change == pytest.approx(trim_mean(np.subtract(new, base), 0.1))
    assert auc.low is not None and auc.high is not None
    assert auc.low < auc.change < auc.high


def test_different_seeds_are_compared_too(records: Make) -> None:
    base = records(aucs=drawn(0, 0.79))
    for mean, verdict in ((0.786, "REGRESSED"), (0.79, "EQUIVALENT")):
        new = records(aucs=drawn(1, mean), seeds=range(10, 20))
        assert one(compare(base, new)).verdict == verdict


def test_different_seeds_are_held_to_the_test_of_two_samples(records: Make) -> None:
    base, new = drawn(0, 0.79, n=9), drawn(1, 0.79, n=9)
    auc = one(compare(records(aucs=base), records(aucs=new, seeds=range(10, 19))))
    expected = ttest_ind(new, base).confidence_interval(0.95)
    assert (auc.low, auc.high) == pytest.approx((expected.low, expected.high))


def test_a_seed_that_stopped_too_early_on_either_side_decides_nothing(records: Make) -> None:
    base = drawn(0, 0.79)
    new = [x - 0.002 for x in base]
    for side, verdict in ((base, "REGRESSED"), (new, "REGRESSED")):
        lucky, side[3] = side[3], 0.75
        auc = one(compare(records(aucs=base), records(aucs=new)))
        assert auc.verdict == verdict
        side[3] = lucky


def test_what_is_known_of_seeds_counts_unless_these_scatter_more(records: Make) -> None:
    models = ("fm", "lr", "dnn", "deepfm")
    arms = [
        [r for i, model in enumerate(models) for r in records(model, drawn(10 * i + j, 0.79))]
        for j in (0, 1)
    ]

    def low(deviation: float, case: str) -> float:
        cells = compare(*arms, known={(case, "auc"): Noise(deviation**2, 60)})
        return next(c.low for c in cells if c.name == NAME and c.metric == "auc") or 0.0

    alone = low(0.0005, "another case")
    case = arms[0][0].spec.case
    assert low(0.0005, case) != alone
    assert low(0.0001, case) == alone


def test_a_surely_smaller_loss_than_matters_is_none(records: Make) -> None:
    base = drawn(0, 0.79)
    new = records(aucs=[x - 0.0005 for x in base])
    assert one(compare(records(aucs=base), new)).verdict == "EQUIVALENT"
    stricter = adjusted({"auc": 0.0003}, {"auc": 0.0004})
    assert one(compare(records(aucs=base), new, stricter)).verdict == "REGRESSED"


def test_what_stays_open_says_how_many_seeds_would_settle_it(records: Make) -> None:
    auc = one(
        compare(records(aucs=drawn(0, 0.79, 0.003, 4)), records(aucs=drawn(1, 0.79, 0.003, 4)))
    )
    assert auc.verdict == "INCONCLUSIVE"
    assert "seeds would settle it" in auc.why
    alone = one(compare(records(aucs=[0.79]), records(aucs=[0.78])))
    assert (alone.verdict, alone.change) == ("INCONCLUSIVE", pytest.approx(-0.01))
    assert alone.why.startswith("1 seed to compare")


def test_a_gain_too_good_to_be_true_is_pointed_out(records: Make) -> None:
    base = records(aucs=drawn(0, 0.79))
    leaked = one(compare(base, records(aucs=drawn(1, 0.95))))
    better = one(compare(base, records(aucs=drawn(1, 0.795))))
    assert leaked.verdict == better.verdict == "IMPROVED"
    assert "TOO GOOD" in leaked.why and "look for a leak" in leaked.why
    assert "TOO GOOD" not in better.why


def test_a_cell_on_one_side_alone(records: Make) -> None:
    gone = compare(records(), [])
    assert verdicts(gone) == dict.fromkeys(
        ("auc", "logloss", "parameters", "peak_rss_mib"), "MISSING"
    )
    assert set(verdicts(compare([], records())).values()) == {"NEW"}
    assert one(gone).base == pytest.approx(0.791)
    assert one(gone).new is None


def test_other_settings_are_not_compared(records: Make) -> None:
    cells = compare(records(lr=0.1), records(lr=0.2))
    assert set(verdicts(cells).values()) == {"NOT_COMPARABLE"}
    assert {cell.why for cell in cells} == {"train.lr 0.1 → 0.2"}


def test_what_fails_in_new_is_broken(records: Make, failures: Make) -> None:
    cells = compare(records(), failures())
    assert set(verdicts(cells).values()) == {"BROKEN"}
    assert one(cells).why == "3 of 3 seeds failed: seed 0: diverged: loss is nan"
    some = compare(records(), [*failures(n=1), *records()[1:]])
    assert one(some).why.startswith("1 of 3 seeds failed")
    assert set(verdicts(compare(failures(), failures())).values()) == {"BROKEN"}


def test_what_failed_in_the_base_is_new(records: Make, failures: Make) -> None:
    cells = compare(failures(), records())
    assert set(verdicts(cells).values()) == {"NEW"}
    assert "the base has no result: seed 0: diverged" in one(cells).why
    assert one(compare([*failures(n=1), *records()[1:]], records())).verdict == "EQUIVALENT"


def test_a_metric_that_is_undefined_of_late_is_broken(records: Make) -> None:
    reason = {"test": {"auc": "all rows are of one class (9 rows)"}}
    new = records(aucs=[None] * 3, undefined=reason)
    assert one(compare(records(), new)).verdict == "BROKEN"
    assert one(compare(records(), new)).why.endswith("all rows are of one class (9 rows)")
    assert one(compare(new, records())).verdict == "NEW"
    assert one(compare(new, new)).verdict == "NOT_COMPARABLE"


@pytest.mark.parametrize(
    ("new", "verdict"),
    [(1001, "REGRESSED"), (999, "IMPROVED"), (1000, "EQUIVALENT")],
)
def test_parameters_are_counted(new: int, verdict: str, records: Make) -> None:
    cells = compare(records(), records(parameters=new))
    assert verdicts(cells)["parameters"] == verdict


@pytest.mark.parametrize(
    ("new", "verdict"),
    [(412.0, "REGRESSED"), (388.0, "IMPROVED"), (403.0, "EQUIVALENT"), (None, "BROKEN")],
)
def test_memory_has_a_gate_of_its_own(new: float | None, verdict: str, records: Make) -> None:
    cells = compare(records(), records(peak_rss_mib=new))
    assert verdicts(cells)["peak_rss_mib"] == verdict


def test_a_mebibyte_of_a_small_process_does_not_matter(records: Make) -> None:
    cells = compare(records(peak_rss_mib=10.0), records(peak_rss_mib=10.5))
    assert verdicts(cells)["peak_rss_mib"] == "EQUIVALENT"


def test_memory_of_another_machine_is_not_compared_and_quality_is(records: Make) -> None:
    environment = records()[0].environment | {"device": "cuda", "engine": None}
    cells = compare(records(), records(environment=environment))
    assert verdicts(cells)["peak_rss_mib"] == "NOT_COMPARABLE"
    assert one(cells, "peak_rss_mib").why == "device cpu → cuda; engine plain → None"
    assert verdicts(cells)["auc"] == "EQUIVALENT"


MIRROR = {
    "REGRESSED": {"IMPROVED"},
    "IMPROVED": {"REGRESSED"},
    "MISSING": {"NEW"},
    "NEW": {"MISSING", "BROKEN"},
    "BROKEN": {"NEW", "BROKEN"},
}


@given(
    st.lists(
        st.tuples(
            st.sampled_from([-0.02, -0.003, -0.001, 0.0, 0.001, 0.003, 0.02]),
            st.sampled_from([0.0, 0.0001, 0.001]),
            st.sampled_from([1, 2, 5, 10]),
            st.sampled_from(["both", "base", "new", "other lr", "other seeds", "failed"]),
        ),
        min_size=1,
        max_size=6,
    ),
    st.integers(0, 2**32 - 1),
)
@settings(max_examples=60, derandomize=True, deadline=None)
def test_swapping_base_and_new_mirrors_every_verdict(
    records: Make, failures: Make, cells: list[tuple[float, float, int, str]], seed: int
) -> None:
    random = np.random.default_rng(seed)
    base: list[Record] = []
    new: list[Record] = []
    for number, (change, spread, n, where) in enumerate(cells):
        model = f"m{number}"
        aucs = random.normal(0.79, spread, n)
        after = aucs + change + random.normal(0, spread / 2, n)
        mebibytes = 400.0 * (1 - change)
        other: dict[str, Any] = {"lr": 0.1} if where == "other lr" else {}
        if where == "other seeds":
            other["seeds"] = range(100, 100 + n)
        if where != "new":
            base += records(model, aucs.tolist(), (1 - aucs).tolist())
        if where == "failed":
            new += failures(model, n)
        elif where != "base":
            new += records(
                model, after.tolist(), (1 - after).tolist(), peak_rss_mib=mebibytes, **other
            )
    there = {(c.name, c.metric): c for c in compare(base, new)}
    back = {(c.name, c.metric): c for c in compare(new, base)}
    assert there.keys() == back.keys()
    for key, cell in there.items():
        mirrored = back[key]
        assert mirrored.verdict in MIRROR.get(cell.verdict, {cell.verdict})
        assert (mirrored.base, mirrored.new) == (cell.new, cell.base)
        if cell.change is not None:
            assert mirrored.change == -cell.change
        if cell.low is not None and cell.high is not None:
            assert (mirrored.low, mirrored.high) == (-cell.high, -cell.low)


def unseen(record: Record) -> NDArray[np.float32]:
    raise StoreError("not there")


def whole(base: list[Record], new: list[Record], **more: Any) -> Check:
    accepted = more.pop("acceptances", ())
    sides = Side("main", base, unseen, accepted), Side("runs", new, unseen)
    return check(*sides, today=TODAY, **more)


def test_what_a_check_comes_to(records: Make, failures: Make) -> None:
    equal = whole(records(), records())
    assert (equal.verdict, equal.exit) == ("EQUIVALENT", 0)
    for new, verdict in (
        ([], "MISSING"),
        (records(lr=0.1), "NOT_COMPARABLE"),
        (failures(), "BROKEN"),
        (records(parameters=2000), "REGRESSED"),
    ):
        found = whole(records(), [*new, *records("lr")])
        assert (found.verdict, found.exit) == (verdict, 1)
    new = whole(records(), [*records(), *records("lr")])
    assert (new.verdict, new.exit) == ("NEW", 0)


def test_what_is_open_fails_under_strict_alone(records: Make) -> None:
    for strict, code in ((False, 0), (True, 7)):
        found = whole(records(aucs=[0.79]), records(aucs=[0.78]), strict=strict)
        assert (found.verdict, found.exit) == ("INCONCLUSIVE", code)


@pytest.mark.parametrize(
    ("until", "code"), [(TODAY, 0), (date(2026, 11, 23), 1)], ids=["today", "yesterday"]
)
def test_an_accepted_regression_stays_in_sight_and_blocks_again(
    until: date, code: int, records: Make
) -> None:
    accepted = Acceptance(
        at="2026-01-01T00:00:00Z", cell=NAME, metric="parameters", until=until, reason="a bias"
    )
    found = whole(records(), records(parameters=2000), acceptances=[accepted])
    cell = one(found.cells, "parameters")
    assert (cell.verdict, found.exit) == ("REGRESSED", code)
    assert "a bias" in (cell.accepted or cell.why)
    assert any(note.startswith("Accepted: parameters of fm") for note in found.notes)
    other = whole(records(), records(peak_rss_mib=800.0), acceptances=[accepted])
    assert other.exit == 1


def test_what_else_changed_is_said(records: Make) -> None:
    environment = records()[0].environment | {"packages": {"torch": "3.0"}, "cpu": "B"}
    notes = whole(records(), records(environment=environment)).notes
    assert "Environment: torch 2.13.0 → 3.0" in notes
    assert "Environment: cpu A Processor → B" in notes


def test_where_rows_are_at_hand_they_are_asked_too(records: Make) -> None:
    random = np.random.default_rng(0)
    labels = random.random(2000) < 0.6

    def say(noise: float) -> Callable[[Record], NDArray[np.float32]]:
        return lambda record: (labels + random.normal(0, noise, 2000)).astype(np.float32)

    base, new = drawn(0, 0.79), drawn(1, 0.77)
    sides = Side("a", records(aucs=base), say(1.0)), Side("b", records(aucs=new), say(1.5))
    asked = check(*sides, today=TODAY, labels=lambda record: labels)
    assert re.search(r"; by other rows alone p = \d.*e-\d+ \(DeLong\)$", one(asked.cells).why)
    assert "other rows" not in one(asked.cells, "logloss").why
    for labelled, logits in ((lambda record: None, say(1.0)), (lambda record: labels, unseen)):
        there = Side("b", records(aucs=new), logits)
        silent = check(sides[0], there, today=TODAY, labels=labelled)
        assert "other rows" not in one(silent.cells).why
        assert one(silent.cells).verdict == one(asked.cells).verdict == "REGRESSED"


def with_validation(record: Record, valid: dict[str, float], best: float) -> Record:
    """Return a record of two epochs, the first of which was the best on the validation rows."""
    losses = (best, best + 0.1)
    curve = [
        Epoch(train_loss=0.5, tail_loss=0.5, valid_logloss=loss, valid_auc=0.7, seconds=1.0)
        for loss in losses
    ]
    metrics = {**record.metrics, "valid": valid}
    return msgspec.structs.replace(record, metrics=metrics, curve=curve, best_epoch=0)


def test_records_that_contradict_themselves_are_not_compared(records: Make) -> None:
    sound = [with_validation(r, {"auc": 0.8, "logloss": 0.5}, 0.5) for r in records()]
    later = [with_validation(r, {"auc": 0.8, "logloss": 0.6}, 0.5) for r in records()]
    tested = [with_validation(r, r.metrics["test"], 0.5) for r in records()]
    timed, batches = (
        [
            msgspec.structs.replace(
                r,
                samples={"train_samples_per_s": [rate, rate]},
                audit={"parts": {"train": {"rows": 2560}}},
            )
            for r in sound
        ]
        for rate in (2560.0, 10.0)
    )
    for same in (sound, timed):
        assert one(compare(sound, same)).verdict == "EQUIVALENT"
    for new, why in (
        (batches, "seed 0: 10 rows/s in 1 s are not the 2,560 trained on"),
        (later, "seed 0: validation logloss 0.500000 in the best epoch, 0.600000 in the end"),
        (tested, "seed 0: every metric of validation is that of test: the same rows"),
    ):
        there, back = one(compare(sound, new)), one(compare(new, sound))
        assert there.verdict == back.verdict == "NOT_COMPARABLE"
        assert there.why.startswith(f"new, {why}")
        assert back.why.startswith(f"base, {why}")


def test_seeds_that_decide_nothing_are_not_compared(records: Make) -> None:
    one_for_all = records(aucs=[0.791] * 3)
    found = one(compare(records(), one_for_all))
    assert found.verdict == one(compare(one_for_all, records())).verdict == "NOT_COMPARABLE"
    assert found.why.startswith("all seeds of new predict the same, bit for bit")
    assert one(compare(one_for_all, records(aucs=[0.7909] * 3))).verdict == "EQUIVALENT"


def test_a_metric_without_a_gate_cannot_change_alone(records: Make) -> None:
    base = records(metrics={"test": {"auc": 0.79, "logloss": 0.5, "gauc": 0.7, "ece": 0.01}})
    new = records(metrics={"test": {"auc": 0.79, "logloss": 0.5, "gauc": 0.6, "ece": 0.01}})
    gauc = one(compare(base, new), "gauc")
    assert (gauc.verdict, gauc.change) == ("NOT_COMPARABLE", pytest.approx(-0.1))
    assert gauc.why == "the same predictions, and another value: the metric's code changed"
    assert "gauc" not in verdicts(compare(base, base))
    assert "ece" not in verdicts(compare(base, new))
    others = records(aucs=[0.793, 0.794, 0.795], metrics=new[0].metrics)
    assert "gauc" not in verdicts(compare(base, others))


def test_a_leak_is_pointed_out_though_the_rows_changed(records: Make) -> None:
    base, leaked = records(aucs=drawn(0, 0.79), losses=drawn(2, 0.5)), drawn(1, 0.95)
    new = records(aucs=leaked, losses=drawn(3, 0.4), fingerprint="beef" * 16)
    found = one(compare(base, new))
    assert found.verdict == "NOT_COMPARABLE"
    assert "TOO GOOD" not in one(compare(base, new), "logloss").why  # other labels may do that
    assert re.search(r"the rows of the split .*; TOO GOOD to be true\?", found.why)
    assert "TOO GOOD" not in one(compare(base, records(aucs=leaked, lr=0.1))).why
