"""Sentences stand on verdicts: what is settled, what is open, and nothing else."""

from collections.abc import Callable, Mapping, Sequence

import pytest

from fmbench.record import Record
from fmbench.report import build_pairs, split_tables
from fmbench.report.conclusions import Conclusions, conclude
from fmbench.report.pairs import Pair
from fmbench.stats import Interval

from .conftest import AUDIT

Make = Callable[..., Record]

WAVE = [0.0003, -0.0002, 0.0001, -0.0003, 0.0002]
CLOSE = [0.7998, 0.8006, 0.7991, 0.8003, 0.7997]


@pytest.fixture
def about(record: Make) -> Callable[..., Conclusions]:
    """Return what concludes about models from their AUC by seed."""

    def call(
        metric: str = "auc",
        drawn: Interval | None = None,
        audit: Mapping[str, object] = AUDIT,
        **aucs: Sequence[float],
    ) -> object:
        records = [
            record(model, seed, auc=auc, logloss=1 - auc, audit=audit)
            for model, of in aucs.items()
            for seed, auc in enumerate(of)
        ]
        (table,) = split_tables(records)
        pairs = [_with(pair, drawn) for pair in build_pairs(table, records, None, metric)]
        return conclude(table, pairs, metric)

    return call


def _with(pair: Pair, drawn: Interval | None) -> Pair:
    values: Mapping[str, object] = {name: getattr(pair, name) for name in pair.__slots__}
    return Pair(**{**values, "users_and_seeds": drawn})


def shifted(by: float, scatter: float = 1.0) -> list[float]:
    return [0.8 + by + scatter * wave for wave in WAVE]


def test_a_leader_that_loses_where_both_ran_is_not_passed_over_in_silence(
    about: Callable[..., Conclusions],
) -> None:
    found = about(lucky=shifted(0)[:3], steady=[*shifted(0.001)[:3], 0.79, 0.79])
    (said,) = found.settled
    assert said.startswith(
        "Over the seeds that both have, lucky has a worse AUC than steady by 0.0010"
    )


def test_what_is_better_is_said_with_its_numbers(about: Callable[..., Conclusions]) -> None:
    found = about(good=shifted(0), fair=shifted(-0.01, -1), poor=shifted(-0.02, 0.5))
    (better,) = found.settled
    assert better.startswith(
        "On these test rows good has a better AUC (0.8000) than fair by 0.0100"
    )
    assert "and poor by 0.0200" in better
    assert better.endswith("after Holm for 3 pairs)")
    assert found.open == [
        "Whether other users or rows would say so by AUC: not asked; one AUC moves by about 0.0041 "
        "with its test rows"
    ]
    assert [(pair.better, pair.worse) for pair in found.pairs] == [
        ("good", "fair"),
        ("good", "poor"),
    ]


def test_the_better_logloss_is_the_lower_one(about: Callable[..., Conclusions]) -> None:
    beyond = Interval(-0.01, -0.012, -0.008, 5)
    found = about("logloss", beyond, good=shifted(0), fair=shifted(-0.01, -1))
    assert found.settled[0].startswith("On these test rows good has a better logloss (0.2000)")
    assert "stays better than that of fair (-0.0120 to -0.0080)" in found.settled[1]
    assert found.open == []


def test_what_other_users_may_deny_is_open(about: Callable[..., Conclusions]) -> None:
    found = about(drawn=Interval(0.01, -0.001, 0.02, 5), good=shifted(0), fair=shifted(-0.01, -1))
    assert len(found.settled) == 1
    assert found.open == [
        "Whether other users would show good better by AUC, with other seeds, than fair "
        "(-0.0010 to +0.0200) (95 % interval each, which holds 0)"
    ]


def test_equals_are_called_equal(about: Callable[..., Conclusions]) -> None:
    found = about(one=shifted(0), two=shifted(-0.0001, 0.3))
    (equal,) = found.settled
    assert equal.startswith("As good as equal, within 0.001 AUC: one with two (0.0001 ± ")
    assert found.open == []


def test_an_open_pair_is_no_claim(about: Callable[..., Conclusions]) -> None:
    found = about(one=CLOSE, two=shifted(-0.0004, -6))
    assert found.settled == []
    (whether,) = found.open
    assert whether.startswith("Whether one or two has the better AUC: 0.0004 ± ")
    assert whether.endswith(" seeds would tell")


def test_open_pairs_behind_the_leader_are_counted(about: Callable[..., Conclusions]) -> None:
    found = about(best=shifted(0.05), one=CLOSE, two=shifted(-0.0004, -6))
    assert "Of those behind the leader, by AUC: 1 pair" in found.open


def test_one_seed_says_nothing(about: Callable[..., Conclusions]) -> None:
    found = about(one=[0.8], two=[0.7])
    assert (found.settled, found.open, found.pairs) == ([], [], [])


@pytest.mark.parametrize(
    ("absent", "others"), [((), "other users"), (("users", "test_unseen_user_share"), "other rows")]
)
def test_what_was_drawn_is_named_and_without_users_that_is_rows(
    absent: tuple[str, ...], others: str, about: Callable[..., Conclusions]
) -> None:
    audit = {key: of for key, of in AUDIT.items() if key not in absent}
    aucs = {"good": shifted(0), "poor": shifted(-0.02)}
    beyond = about(audit=audit, drawn=Interval(0.02, 0.01, 0.03, 5), **aucs)
    assert any(said.startswith(f"With {others} and other seeds drawn") for said in beyond.settled)
    doubtful = about(audit=audit, drawn=Interval(0.02, -0.01, 0.05, 5), **aucs)
    assert any(said.startswith(f"Whether {others} would show good") for said in doubtful.open)
    unasked = about(audit=audit, **aucs)
    wanted = "Whether other users or rows" if not absent else "Whether other rows"
    assert any(said.startswith(f"{wanted} would say so by AUC: not asked") for said in unasked.open)
