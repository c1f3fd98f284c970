"""What a change of the file must change in a run, and what it must leave to the last bit.

All of it on the way that a user's ratings take: a CSV file, the split, training, the record.
"""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from fmbench import engine
from fmbench.data import Dataset, Split, Where, load
from fmbench.data.splits import prepare
from fmbench.fields import UNSEEN
from fmbench.harness import Setting, resolve, run_with_logits
from fmbench.harness import timing as score
from fmbench.harness import train as train_room
from fmbench.models import create_model
from fmbench.record import Record
from fmbench.spec import RunSpec, TrainSpec

HEADER = ("user", "movie", "rate", "time")
USERS, MOVIES, ROWS = 20, 30, 255
PARTS = ("train", "valid", "test")
SPLITS = ("random", "temporal", "leave-last")
Ratings = NDArray[np.int64]
"""`(rows, 4)`, in the order of `HEADER`."""


def ratings(times: int = ROWS) -> Ratings:
    """Draw distinct pairs that users and movies explain, at so many distinct times."""
    draw = np.random.default_rng(0)
    pairs = draw.permutation(USERS * MOVIES)[:ROWS]
    user, movie = pairs // MOVIES, pairs % MOVIES
    is_good = draw.random(ROWS) < 1 / (1 + np.exp(-2 * np.sin(user) - 2 * np.cos(3 * movie)))
    time = 1_500_000_000 + 1000 * (draw.permutation(ROWS) % times)
    return np.stack([100 + user, 1000 + movie, np.where(is_good, 10, 4), time], 1)


class World:
    """A folder to write ratings to, and to run on."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.models = folder, list[nn.Module]()

    def write(self, rows: Ratings, order: Sequence[str] = HEADER) -> Where:
        """Write a file whose columns are in this order."""
        columns = rows[:, [HEADER.index(name) for name in order]]
        lines = [",".join(order), *(",".join(map(str, row)) for row in columns.tolist())]
        (self.folder / "rates.csv").write_text("\n".join(lines) + "\n")
        return Where(self.folder)

    def load(self, rows: Ratings, **args: Any) -> Dataset:
        return load("ratings", args, self.write(rows))

    def run(
        self,
        rows: Ratings,
        model: str = "deepfm",
        order: Sequence[str] = HEADER,
        batch: int = 32,
        **args: Any,
    ) -> "Outcome":
        where = self.write(rows, order)
        train = TrainSpec(batch_size=batch, max_epochs=3, patience=3)
        spec = RunSpec(
            name=model, dataset="ratings", dataset_args=args, model=model, train=train, seed=3
        )
        record, logits = run_with_logits(resolve(spec, where), Setting(where))
        assert (record.status, record.reason) == ("ok", None)
        return Outcome(record, logits["test"], self.models[-1].state_dict())

    def parts(self, rows: Ratings, **args: Any) -> dict[str, NDArray[np.int64]]:
        """Return the lines that each part is made of, as their labels tell.

        For every bit there is a file in which a line is positive where its number has that bit.
        """
        found: dict[str, Any] = dict.fromkeys(PARTS, 0)
        for bit in range(len(rows).bit_length()):
            spelt = rows.copy()
            spelt[:, 2] = np.where(np.arange(len(rows)) >> bit & 1, 10, 4)
            dataset = self.load(spelt, **args)
            for part in PARTS:
                labels = getattr(dataset, part).labels.astype(np.int64)
                found[part] += labels << bit
        return found


class Outcome:
    """What came of a run, without what clocks say."""

    def __init__(
        self, record: Record, logits: NDArray[np.float32], weights: Mapping[str, Tensor]
    ) -> None:
        self.record, self.logits, self.weights = record, logits, weights
        self.test, self.valid = record.metrics["test"], record.metrics["valid"]

    def has_learnt_as(self, other: "Outcome") -> bool:
        """Tell whether training was the same to the last bit, and all that it looks at."""
        curves = [
            [(e.train_loss, e.tail_loss, e.valid_logloss, e.valid_auc) for e in run.record.curve]
            for run in (self, other)
        ]
        return (
            curves[0] == curves[1]
            and self.record.best_epoch == other.record.best_epoch
            and self.valid == other.valid
            and all(map(torch.equal, self.weights.values(), other.weights.values()))
        )

    def is_as(self, other: "Outcome") -> bool:
        """Tell whether the whole result is the same, the rows and their order included."""
        return (
            self.has_learnt_as(other)
            and self.test == other.test
            and self.logits.tobytes() == other.logits.tobytes()
            and self.record.fingerprint == other.record.fingerprint
            and self.record.audit == other.record.audit
        )


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    monkeypatch.delenv("FMBENCH_DATA", raising=False)
    monkeypatch.setattr(score, "SINGLES", 1)  # what clocks say is not compared
    monkeypatch.setattr(score, "WARM_UP", 0)
    world = World(tmp_path)

    def kept(*args: Any, **named: Any) -> nn.Module:
        world.models.append(create_model(*args, **named))
        return world.models[-1]

    monkeypatch.setattr(train_room, "create_model", kept)
    return world


def flipped(rows: Ratings, lines: NDArray[np.int64]) -> Ratings:
    """Turn what is positive negative, and the other way round."""
    changed = rows.copy()
    changed[lines, 2] = 14 - changed[lines, 2]
    return changed


def permuted(rows: Ratings, lines: NDArray[np.int64]) -> Ratings:
    """Hand the ratings of these lines on to one another."""
    changed = rows.copy()
    changed[lines, 2] = np.random.default_rng(1).permutation(changed[lines, 2])
    return changed


@pytest.mark.parametrize("split", SPLITS)
def test_every_line_is_in_one_part(split: str, world: World) -> None:
    parts = world.parts(ratings(), split=split)
    assert sorted(np.concatenate(list(parts.values())).tolist()) == list(range(ROWS))
    assert all((np.diff(lines) > 0).all() for lines in parts.values())  # in the order of the file


@pytest.mark.parametrize("change", [flipped, permuted])
@pytest.mark.parametrize("split", SPLITS)
@pytest.mark.parametrize("model", ["lr", "deepfm"])
def test_ratings_of_test_rows_change_no_bit_but_the_test_metrics(
    model: str, split: str, change: Callable[..., Ratings], world: World
) -> None:
    rows = ratings()
    honest = world.run(rows, model, split=split)
    other = world.run(change(rows, world.parts(rows, split=split)["test"]), model, split=split)
    assert other.has_learnt_as(honest)
    assert other.logits.tobytes() == honest.logits.tobytes()
    assert other.test["logloss"] != honest.test["logloss"]
    assert other.record.fingerprint != honest.record.fingerprint
    if change is flipped:
        assert other.test["auc"] == pytest.approx(1 - honest.test["auc"], rel=1e-15)


def test_nor_do_they_where_the_engine_trains(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "WORTH", 0)
    rows = ratings()
    honest = world.run(rows)
    other = world.run(flipped(rows, world.parts(rows)["test"]))
    assert honest.record.environment["engine"] == "native"
    assert other.has_learnt_as(honest)
    assert other.logits.tobytes() == honest.logits.tobytes()


@pytest.mark.parametrize("split", ["random", "temporal"])
def test_users_and_movies_of_test_rows_change_no_bit_of_training(split: str, world: World) -> None:
    """No vocabulary has them, whether their names come before all others or after."""
    rows = ratings()
    changed, lines = rows.copy(), world.parts(rows, split=split)["test"]
    changed[lines, :2] = np.arange(len(lines))[:, None] + (0, 10**6)
    honest, other = (world.run(each, split=split) for each in (rows, changed))
    assert other.has_learnt_as(honest)
    assert (world.load(changed, split=split).test.ids == UNSEEN).all()


@pytest.mark.parametrize("rating", [1, 10])
def test_test_rows_of_one_class_are_trained_for_as_any_are(rating: int, world: World) -> None:
    """Of the metrics, those that they do not define are None and say why."""
    rows = ratings()
    changed = rows.copy()
    lines = world.parts(rows)["test"]
    changed[lines, 2] = rating
    honest, other = world.run(rows), world.run(changed)
    assert other.has_learnt_as(honest)
    assert other.logits.tobytes() == honest.logits.tobytes()
    assert honest.record.undefined == {}
    assert other.record.undefined == {
        "test": {
            "auc": f"all rows are of one class ({len(lines)} rows)",
            "ne": f"all rows are of one class ({len(lines)} rows)",
            "gauc": f"no user has rows of both classes ({len(lines)} rows)",
        }
    }
    assert {name for name, value in other.test.items() if value is None} == {"auc", "ne", "gauc"}


def test_users_with_a_test_row_each_define_no_gauc_and_the_record_says_so(world: World) -> None:
    outcome = world.run(ratings(), split="leave-last")
    assert outcome.test["gauc_coverage"] == 0
    assert outcome.record.undefined == {
        part: {"gauc": f"no user has rows of both classes ({USERS} rows)"}
        for part in ("test", "valid")
    }


split_rows = prepare.split_rows


def one_test_row_in_training(*args: Any, **named: Any) -> tuple[NDArray[np.int64], ...]:
    train, valid, test = split_rows(*args, **named)
    return np.sort(np.append(train, test[0])), valid, test


class RelativeRule:
    """Calls positive what is above the mean of all ratings, those of test rows among them."""

    @staticmethod
    def parse(_: str) -> Callable[[NDArray[np.int64]], NDArray[np.uint8]]:
        return lambda rate: (rate > rate.mean()).astype(np.uint8)


LEAKS = {
    "none": ("split_rows", split_rows),
    "a test row in training": ("split_rows", one_test_row_in_training),
    "a rule that reads test rows": ("LabelRule", RelativeRule),
}


@pytest.mark.parametrize("leak", LEAKS)
@pytest.mark.parametrize("split", SPLITS)
def test_a_planted_leak_is_found(
    split: str, leak: str, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = ratings()
    rows[::3, 2] = 7  # which is above the mean or below, as the test rows would have it
    low, high = rows.copy(), rows.copy()
    lines = world.parts(rows, split=split)["test"]
    low[lines, 2], high[lines, 2] = 1, 10
    monkeypatch.setattr(prepare, *LEAKS[leak])
    runs = [world.run(changed, "lr", split=split) for changed in (low, high)]
    assert runs[0].has_learnt_as(runs[1]) == (leak == "none")


def shuffled(rows: Ratings, seed: int = 2) -> tuple[Ratings, NDArray[np.int64]]:
    """Return the lines in another order, and which line each was."""
    before = np.random.default_rng(seed).permutation(len(rows))
    return rows[before], before


def assert_same_but_for_order(old: Split, new: Split, place: NDArray[np.int64]) -> None:
    """Check that row `i` of the new part is row `place[i]` of the old one."""
    for array in ("ids", "labels", "users"):
        np.testing.assert_array_equal(getattr(new, array), getattr(old, array)[place])


@pytest.mark.parametrize(
    ("split", "times"), [("temporal", ROWS), ("temporal", 25), ("leave-last", ROWS)]
)
def test_a_split_by_time_is_the_same_in_whatever_order_the_lines_are(
    split: str, times: int, world: World
) -> None:
    """Also where many rows share a time: `temporal` keeps them together."""
    rows = ratings(times)
    changed, before = shuffled(rows)
    old, new = world.load(rows, split=split), world.load(changed, split=split)
    assert (new.fields, new.audit) == (old.fields, old.audit)
    assert new.fingerprint != old.fingerprint  # it stands for the order of the rows, too
    old_lines, new_lines = world.parts(rows, split=split), world.parts(changed, split=split)
    for part in PARTS:
        was = before[new_lines[part]]
        assert sorted(was) == old_lines[part].tolist()
        place = np.searchsorted(old_lines[part], was)
        assert_same_but_for_order(getattr(old, part), getattr(new, part), place)


def test_a_random_split_goes_by_the_number_of_the_line(world: World) -> None:
    """So that the same lines of a file in another order are other rows: the split is drawn anew."""
    rows = ratings()
    old, new = world.parts(rows), world.parts(shuffled(rows)[0])
    assert all(np.array_equal(old[part], new[part]) for part in PARTS)
    other = world.parts(rows, split_seed=1)
    assert not np.array_equal(old["test"], other["test"])


def test_of_equal_times_the_last_line_is_the_last(world: World) -> None:
    rows = ratings(times=1)
    parts = world.parts(rows, split="leave-last")
    for user in np.unique(rows[:, 0]):
        lines = np.flatnonzero(rows[:, 0] == user)
        assert len(lines) >= 3
        assert lines[-1] in parts["test"]
        assert lines[-2] in parts["valid"]


@pytest.mark.parametrize(("duplicates", "counts"), [("last", 1), ("first", 0)])
def test_which_rating_of_a_pair_counts(duplicates: str, counts: int, world: World) -> None:
    """The time says; where it does not, the order of the file."""
    rows = ratings()
    for time, expected in ((rows[9, 3], (9, 200)), (rows[9, 3] + 1, (200, 9))):
        changed = rows.copy()
        changed[200] = (*rows[9, :2], 4, rows[9, 3])
        changed[9, 3] = time
        parts = world.parts(changed, split="temporal", duplicates=duplicates)
        assert set(range(ROWS)) - set(np.concatenate(list(parts.values())).tolist()) == {
            expected[1 - counts]
        }


def only_others_moved(rows: Ratings, train: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return lines in another order, those of training in the same among themselves."""
    order = shuffled(rows)[1]
    is_train = np.isin(order, train)
    order[is_train] = np.sort(order[is_train])
    return order


@pytest.mark.parametrize("model", ["lr", "fm", "deepfm"])
def test_other_rows_in_another_order_leave_training_as_it_is(model: str, world: World) -> None:
    rows = ratings()
    lines = world.parts(rows, split="temporal")
    before = only_others_moved(rows, lines["train"])
    place = np.searchsorted(
        lines["test"], before[world.parts(rows[before], split="temporal")["test"]]
    )
    assert (np.diff(place) != 1).any()
    old, new = (world.run(each, model, split="temporal") for each in (rows, rows[before]))
    assert all(map(torch.equal, new.weights.values(), old.weights.values()))
    if model == "deepfm":  # a row's matrix products are rounded as its place in the batch has it
        np.testing.assert_allclose(new.logits, old.logits[place], rtol=0, atol=1e-6)
        assert new.test["logloss"] == pytest.approx(old.test["logloss"], rel=1e-6)
    else:
        np.testing.assert_array_equal(new.logits, old.logits[place])
        assert new.test.pop("ece") == pytest.approx(old.test.pop("ece"), rel=1e-12)
        assert new.test == old.test


@pytest.mark.parametrize("model", ["lr", "fm"])
def test_training_rows_in_another_order_are_other_batches_and_the_same_rows(
    model: str, world: World
) -> None:
    rows = ratings()
    changed = shuffled(rows)[0]
    whole = len(world.load(rows, split="temporal").train)
    for batch in (32, whole):
        old, new = (
            world.run(each, model, batch=batch, split="temporal") for each in (rows, changed)
        )
        if batch < whole:
            assert new.test != old.test
        else:  # one batch has no order, but for rounding
            assert new.test["logloss"] == pytest.approx(old.test["logloss"], rel=1e-5)


def renamed(rows: Ratings, rising: bool) -> Ratings:
    """Give users and movies other numbers, in the same order or in another."""
    changed, draw = rows.copy(), np.random.default_rng(4)
    for column in (0, 1):
        names, place = np.unique(rows[:, column], return_inverse=True)
        new = np.sort(draw.choice(10**6, len(names), replace=False))
        changed[:, column] = (new if rising else draw.permutation(new))[place]
    return changed


@pytest.mark.parametrize("split", SPLITS)
@pytest.mark.parametrize("model", ["lr", "deepfm"])
def test_other_names_in_the_same_order_change_nothing(model: str, split: str, world: World) -> None:
    rows = ratings()
    assert world.run(renamed(rows, rising=True), model, split=split).is_as(
        world.run(rows, model, split=split)
    )


@pytest.mark.parametrize("split", SPLITS)
def test_other_names_in_another_order_are_the_same_rows(split: str, world: World) -> None:
    """Ids follow the order of names, and a vector's start its id: `lr` alone starts at zero."""
    rows = ratings()
    changed = renamed(rows, rising=False)
    lines = world.parts(rows, split=split)
    assert all(map(np.array_equal, lines.values(), world.parts(changed, split=split).values()))
    old, new = (world.run(each, "lr", split=split) for each in (rows, changed))
    assert new.record.audit == old.record.audit
    # Adam's vector instructions round the last few weights of a table in their own way.
    np.testing.assert_allclose(new.logits, old.logits, rtol=0, atol=1e-6)
    assert new.test["logloss"] == pytest.approx(old.test["logloss"], rel=1e-6)
    assert new.test["gauc_coverage"] == old.test["gauc_coverage"]
    assert world.run(changed, split=split).test != world.run(rows, split=split).test


@pytest.mark.parametrize("order", [HEADER[::-1], ("time", "user", "rate", "movie")])
def test_the_order_of_columns_means_nothing(order: Sequence[str], world: World) -> None:
    rows = ratings()
    old, new = world.run(rows), world.run(rows, order=order)
    assert new.is_as(old)
    differs = {
        k for k, v in old.record.spec.dataset_args.items() if new.record.spec.dataset_args[k] != v
    }
    assert differs == {"sha256"}
