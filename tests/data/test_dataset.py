"""What training knows of the test rows, against a naive count."""

from collections import Counter
from pathlib import Path

import pytest

from fmbench.data import Where, load


@pytest.mark.parametrize("fields", ["ids", "full", "habits"])
@pytest.mark.parametrize("split", ["random", "temporal", "leave-last"])
def test_ratings_in_training(fields: str, split: str, where: Where, metadata: Path) -> None:
    dataset = load("ratings", {"fields": fields, "split": split}, where)
    assert dataset.item == "movie"
    users = Counter(dataset.train.users.tolist())
    movies = Counter(dataset.train.ids[:, 1].tolist())
    of_users, of_items = dataset.ratings_in_training()
    assert of_users.tolist() == [users[user] for user in dataset.test.users.tolist()]
    assert of_items.tolist() == [movies[movie] for movie in dataset.test.ids[:, 1].tolist()]
    if split == "temporal":  # whose test rows are those of the last users
        assert 0 in of_users


def test_of_an_item_that_is_no_field_nothing_is_counted(where: Where) -> None:
    whole = load("ratings", {}, where)
    without = load("ratings", {"without": ["movie"]}, where)
    of_users, of_items = without.ratings_in_training()
    assert of_items is None
    assert of_users.tolist() == whole.ratings_in_training()[0].tolist()
