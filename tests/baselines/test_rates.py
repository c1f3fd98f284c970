"""Means, shrinkage and target encoding against loops, and no row in its own encoding."""

import math
from dataclasses import replace
from statistics import mean

import numpy as np
import pytest

from fmbench.baselines import BASELINES
from fmbench.baselines._rates import Counts, mean_over_present, prior_rows
from fmbench.baselines._target import FOLDS, TargetEncoder
from fmbench.data import Split
from fmbench.fields import Field

FIELDS = (Field("user", 32), Field("genres", 9, width=3))


def rows(n: int = 400, seed: int = 0) -> Split:
    """Draw rows whose users and genres have rates of their own; genres are padded at random."""
    rng = np.random.default_rng(seed)
    user = rng.integers(2, 32, (n, 1))
    genres = rng.integers(2, 9, (n, 3)) * np.sort(rng.integers(0, 2, (n, 3)))[:, ::-1]
    labels = rng.random(n) < 0.1 + 0.4 * (user[:, 0] % 5) / 4 + 0.4 * (genres[:, 0] % 2)
    ids = np.hstack([user, genres]).astype(np.int32)
    return Split(ids, labels.astype(np.uint8), user[:, 0].astype(np.int64), np.arange(len(ids)))


def naive_prior_rows(labels: dict[int, list[int]]) -> float:
    """Return within / between variance by one-way analysis of variance, group by group."""
    groups = [group for group in labels.values() if group]
    everything = [label for group in groups for label in group]
    n, k, overall = len(everything), len(groups), sum(everything) / len(everything)
    means = [sum(group) / len(group) for group in groups]
    within = sum((x - m) ** 2 for g, m in zip(groups, means, strict=True) for x in g) / (n - k)
    between = sum(len(g) * (m - overall) ** 2 for g, m in zip(groups, means, strict=True)) / (k - 1)
    size = (n - sum(len(g) ** 2 for g in groups) / n) / (k - 1)
    return within / ((between - within) / size)


def labels_by_id(split: Split, columns: slice) -> dict[int, list[int]]:
    found: dict[int, list[int]] = {}
    for ids, label in zip(split.ids[:, columns].tolist(), split.labels.tolist(), strict=True):
        for value in filter(None, ids):
            found.setdefault(value, []).append(label)
    return found


def naive_rate(labels: dict[int, list[int]], value: int) -> float:
    everything = [label for group in labels.values() for label in group]
    overall = sum(everything) / len(everything)
    worth, own = naive_prior_rows(labels), labels.get(value, [])
    return (sum(own) + worth * overall) / (len(own) + worth)


@pytest.mark.parametrize("columns", [slice(0, 1), slice(1, 4)], ids=["single", "multi"])
def test_rates_are_those_of_a_loop(columns: slice) -> None:
    split = rows()
    labels = labels_by_id(split, columns)
    rates = Counts.of(split.ids[:, columns], split.labels, 32).rates()
    for value in range(1, 32):
        assert rates[value] == pytest.approx(naive_rate(labels, value), rel=1e-9)


def test_ids_that_scatter_by_chance_alone_are_worth_nothing() -> None:
    same = np.full(50, 10.0)
    assert prior_rows(same, np.full(50, 5.0)) == math.inf
    assert Counts(same, np.full(50, 5.0)).rates() == pytest.approx(0.5)


def test_no_rate_is_certain() -> None:
    same, pure = np.append(np.full(50, 10.0), 0.0), np.append([0.0, 10.0] * 25, 0.0)
    assert prior_rows(same, pure) == 1
    rates = Counts(same, pure).rates()
    assert rates[[0, 1, 50]] == pytest.approx([0.5 / 11, 10.5 / 11, 0.5])


def test_the_prior_is_found_again() -> None:
    rng = np.random.default_rng(1)
    n = rng.integers(1, 40, 20_000)
    k = rng.binomial(n, rng.beta(6, 3, len(n)))
    assert prior_rows(n.astype(float), k.astype(float)) == pytest.approx(9, rel=0.1)


def test_the_mean_over_present_values_leaves_padding_out() -> None:
    table, ids = np.array([9.0, 5.0, 1.0, 3.0]), np.array([[2, 3, 0], [0, 0, 0], [3, 3, 2]])
    assert mean_over_present(table, ids, absent=-1).tolist() == [2.0, -1.0, pytest.approx(7 / 3)]


def test_a_rows_own_label_is_not_in_its_encoding() -> None:
    split = rows()
    before = TargetEncoder(FIELDS).fit_transform(split.ids, split.labels, seed=0)
    others = 0
    for row in range(0, len(split), 7):
        labels = split.labels.copy()
        labels[row] = 1 - labels[row]
        after = TargetEncoder(FIELDS).fit_transform(split.ids, labels, seed=0)
        assert np.array_equal(after[row], before[row], equal_nan=True)
        others += not np.array_equal(after, before, equal_nan=True)
    assert others == len(range(0, len(split), 7))  # it is in that of others


def test_encodings_are_those_of_a_loop() -> None:
    split = rows()
    encoder = TargetEncoder(FIELDS)
    encoded = encoder.fit_transform(split.ids, split.labels, seed=3)
    fold = np.random.default_rng(3).permutation(len(split)) % FOLDS
    for row in range(0, len(split), 11):
        rest = fold != fold[row]
        known = Split(split.ids[rest], split.labels[rest], split.users[rest], split.times[rest])
        users, genres = labels_by_id(known, slice(0, 1)), labels_by_id(known, slice(1, 4))
        user, *values = split.ids[row].tolist()
        rates = [naive_rate(genres, value) for value in filter(None, values)]
        expected = [
            naive_rate(users, user), len(users.get(user, [])), mean(rates) if rates else math.nan
        ]  # fmt: skip
        assert encoded[row] == pytest.approx(expected, rel=1e-9, nan_ok=True)
    users = labels_by_id(split, slice(0, 1))
    later = encoder.transform(np.array([[5, 0, 0, 0], [1, 0, 0, 0]], dtype=np.int32))
    assert later[:, 0] == pytest.approx([naive_rate(users, 5), naive_rate(users, 1)])
    assert later[:, 1].tolist() == [len(users[5]), 0]


def test_without_fields_to_encode_there_are_rows_without_features() -> None:
    split, encoder = rows(), TargetEncoder([])
    none = split.ids[:, :0]
    assert encoder.fit_transform(none, split.labels, seed=0).shape == (len(split), 0)
    assert encoder.transform(none).shape == (len(split), 0)


def test_the_mean_is_the_logit_of_the_rate() -> None:
    split = rows()
    model = BASELINES["mean"].build()
    model.fit(FIELDS, split, split, seed=0, threads=1)
    rate = mean(split.labels.tolist())
    assert model.logits(split.ids[:3]) == pytest.approx([math.log(rate / (1 - rate))] * 3)


def test_user_and_movie_means_are_those_of_a_loop() -> None:
    user_field, movie_field = Field("user", 32, role="user"), Field("movie", 9, role="item")
    genres = Field("genres", 9, width=2)
    fields = (user_field, movie_field, genres)
    split = rows()
    model = BASELINES["user_movie_means"].build()
    split.ids[:, 1] = np.maximum(split.ids[:, 1], 2)
    model.fit(fields, split, split, seed=0, threads=1)
    users, movies = labels_by_id(split, slice(0, 1)), labels_by_id(split, slice(1, 2))

    def logit(p: float) -> float:
        return math.log(p / (1 - p))

    start = logit(mean(split.labels.tolist()))
    for row in range(0, len(split), 13):
        user, movie, *_ = split.ids[row].tolist()
        expected = logit(naive_rate(users, user)) + logit(naive_rate(movies, movie)) - start
        assert model.logits(split.ids[row : row + 1]).item() == pytest.approx(expected, rel=1e-9)
    unseen = model.logits(np.ones((1, 4), dtype=np.int32))
    assert unseen.item() == pytest.approx(start)

    turned = replace(split, ids=split.ids[:, [2, 3, 1, 0]])
    other = BASELINES["user_movie_means"].build()
    other.fit((genres, movie_field, user_field), turned, turned, seed=0, threads=1)
    assert other.logits(turned.ids) == pytest.approx(model.logits(split.ids))
