"""The tuned comparison with other libraries, held to account without any of them."""

import importlib
import json
import math
from dataclasses import asdict
from itertools import product
from pathlib import Path

import numpy as np
import pytest

PEERS = Path(__file__).parents[2] / "benchmarks" / "peers"


@pytest.fixture
def peers(monkeypatch):
    """Import a module of benchmarks/peers by its name."""
    monkeypatch.syspath_prepend(PEERS)
    return importlib.import_module


def a_trial(peers, **changed):
    usual = {"model": "fm", "setting": {"lr": 0.1}, "seed": 3, "max_epochs": 9, "patience": 2}
    return peers("trials").Trial(**{**usual, "tests": False, **changed})


class Scripted:
    """A module that says one chance for all rows: a given one after each pass."""

    def __init__(self, *chances):
        self.script, self.state, self.orders, self.worse = chances, 0, [], 0

    def state_dict(self):
        return {"passes": self.state}

    def load_state_dict(self, state):
        self.state = state["passes"]

    def one_pass(self, ids, labels):
        self.state += 1
        self.orders.append(ids[:, 0].tolist())

    def no_better(self):
        self.worse += 1

    def chances(self, ids):
        return np.full(len(ids), self.script[self.state - 1])


def train(peers, module, **changed):
    ids = np.arange(20).reshape(10, 2)
    rows = peers("protocol").Rows(ids, np.ones(10, np.float32))
    learner = peers("trials").Learner(module, module.one_pass, module.chances, module.no_better)
    return peers("trials").course(a_trial(peers, **changed), learner, rows, rows)


def test_training_stops_after_two_epochs_that_are_no_better_and_goes_back(peers):
    module = Scripted(0.5, 0.8, 0.7, 0.8, 0.9)
    losses = train(peers, module)
    assert losses == pytest.approx([-math.log(chance) for chance in (0.5, 0.8, 0.7, 0.8)])
    assert module.state == 2
    assert module.worse == 2


def test_training_ends_at_the_limit_of_epochs(peers):
    module = Scripted(0.5, 0.6, 0.7, 0.8)
    assert len(train(peers, module, max_epochs=3)) == module.state == 3


def test_each_epoch_has_an_order_of_its_own_and_each_seed_another(peers):
    one, again, other = Scripted(0.5, 0.6), Scripted(0.5, 0.6), Scripted(0.5, 0.6)
    for module, seed in ((one, 1), (again, 1), (other, 2)):
        train(peers, module, seed=seed, max_epochs=2)
    assert one.orders == again.orders
    assert one.orders[0] != one.orders[1]
    assert one.orders[0] != other.orders[0]
    assert sorted(one.orders[0]) == list(range(0, 20, 2))


def test_a_loss_that_is_no_number_ends_a_trial(peers):
    with pytest.raises(ArithmeticError, match="validation logloss is nan"):
        train(peers, Scripted(0.5, math.nan))


def test_a_setting_is_parted_into_shape_and_penalties(peers):
    setting = {"lr": 0.1, "batch_size": 8, "embed_dim": 4, "batch_norm": False, "l2": 0.3}
    trial = a_trial(peers, setting=setting)
    assert trial.shape == peers("protocol").Shape(embed_dim=4, batch_norm=False)
    assert trial.penalties == {"l2": 0.3}


def test_the_other_libraries_share_the_draws_of_what_they_share(peers):
    spaces = peers("spaces")
    for model, trial in product(spaces.MODELS, range(20)):
        draws = [spaces.draw(library, model, trial) for library in spaces.PENALTIES]
        shared = set.intersection(*(set(draw) for draw in draws))
        assert {"lr", "batch_size"} <= shared
        for key in shared:
            assert all(draw[key] == draws[0][key] for draw in draws)


def test_a_linear_model_has_no_factors_to_penalise(peers):
    draw = peers("spaces").draw
    assert set(draw("fmbench", "lr", 0)) == {"l2_linear"}  # which goes to its optimum
    assert set(draw("deepctr", "lr", 0)) == {"lr", "batch_size", "l2_reg_linear"}
    assert set(draw("torchfm", "lr", 0)) == {"lr", "batch_size", "weight_decay"}
    assert "l2_linear" not in draw("fmbench", "dnn", 0)
    assert "l2_reg_linear" not in draw("deepctr", "dnn", 0)


def test_a_space_is_covered_evenly(peers):
    spaces = peers("spaces")
    lrs = np.log([spaces.draw("torchfm", "fm", trial)["lr"] for trial in range(300)])
    low, high = np.log([spaces.STEP["lr"].low, spaces.STEP["lr"].high])
    counts, _ = np.histogram(lrs, bins=3, range=(low, high))
    assert counts.sum() == 300
    assert counts.min() > 70


def test_the_log_is_read_again_and_survives_a_line_cut_short(peers, tmp_path, capsys):
    quality = peers("quality")
    path, calls = tmp_path / "log.jsonl", []

    def ask(trial):
        calls.append(trial)
        return {"valid_logloss": 0.5}

    quality.Log(path, "rows").remember(["torchfm", "1"], ask)(a_trial(peers))
    path.write_bytes(path.read_bytes() + b'\n["[\\"ro')
    again = quality.Log(path, "rows")
    for log, library, trial in (
        (again, ["torchfm", "1"], a_trial(peers)),
        (again, ["torchfm", "2"], a_trial(peers)),
        (quality.Log(path, "other rows"), ["torchfm", "1"], a_trial(peers)),
        (again, ["torchfm", "1"], a_trial(peers, max_epochs=8)),
    ):
        log.remember(library, ask)(trial)
    assert len(calls) == 4, "only the first of the four was known"
    assert asdict(calls[-1])["max_epochs"] == 8
    assert len(quality.Log(path, "rows").known) == 4


def test_the_best_trial_on_validation_rows_is_tested(peers):
    quality, spaces = peers("quality"), peers("spaces")
    asked = []

    def ask(trial):
        asked.append(trial)
        if trial.seed == 1:
            return {"failed": "it diverged"}
        found = {"valid_logloss": abs(trial.setting["lr"] - 0.01)}
        return found | ({"auc": 0.7, "logloss": 0.5} if trial.tests else {})

    entry = quality.tune("torchfm", "fm", ask, trials=8, seeds=3)
    draws = [spaces.draw("torchfm", "fm", trial) for trial in range(8)]
    left = [draw for trial, draw in enumerate(draws) if trial != 1]
    assert entry.chosen == min(left, key=lambda draw: abs(draw["lr"] - 0.01))
    assert entry.trials[1] is None
    assert [trial.tests for trial in asked] == [False] * 8 + [True] * 3
    assert len({trial.seed for trial in asked}) == 11
    assert entry.auc == [0.7] * 3


def test_below_means_that_the_whole_interval_is(peers):
    verdicts = peers("verdicts")
    wobble = np.array([-0.001, 0.0, 0.001])

    def verdict(auc, logloss):
        near = [verdicts.difference((of + wobble).tolist(), [0.0] * 3) for of in (auc, logloss)]
        return verdicts.is_below(*near)

    assert verdict(0.01, -0.01) == verdict(0.001, 0.001) == verdict(-0.001, 0.0) == []
    assert verdict(-0.01, 0.01) == ["AUC", "logloss"]
    assert verdict(0.01, 0.01) == ["logloss"]


def test_the_table_says_who_is_below(peers):
    verdicts = peers("verdicts")
    aucs = {"fmbench": 0.8, "torchfm": 0.7, "deepctr": 0.9}
    entries = [
        verdicts.Entry(
            library=library,
            model="fm",
            space={},
            trials=[0.5, None],
            chosen={"lr": 0.1},
            valid_logloss=[0.5] * 3,
            auc=[auc, auc + 0.001, auc - 0.001],
            logloss=[0.5, 0.501, 0.499],
        )
        for library, auc in aucs.items()
    ]
    quality = verdicts.Quality(
        environment={},
        packages={"torchfm": {"torchfm": "1"}},
        data={"dataset": "rows", "rows": 1000, "cardinalities": [5, 7]},
        setting={"trials": 2, "max_epochs": 15, "patience": 2},
        entries=entries,
    )
    page = verdicts.render(quality)
    rows = {line.split("|")[2].strip(): line for line in page.splitlines() if "| fm" in line}
    assert "not below" in rows["torchfm"]
    assert "+0.1000 [+0.1000, +0.1000]" in rows["torchfm"]
    assert "below in AUC" in rows["deepctr"]
    assert "1 of 2 pairs are below." in page
    assert json.loads(peers("compare").written(quality))["entries"][0]["trials"] == [0.5, None]
