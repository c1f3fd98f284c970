import numpy as np
import pytest

from fmbench.data.infer import leaks
from fmbench.data.infer.leaks import Rows, telling
from fmbench.fields import Field

FIELDS = [
    Field(name="noise", cardinality=8),
    Field(name="list", cardinality=4, width=2, kind="multi"),
    Field(name="after", cardinality=6),
    Field(name="hint", cardinality=4),
]


def part(seed: int, n: int) -> Rows:
    """Rows whose `after` tells the label but for one in a hundred, and whose `hint` helps."""
    random = np.random.default_rng(seed)
    label = random.random(n) < 0.3
    wrong, weak = random.random(n) < 0.01, random.random(n) < 0.3
    ids = np.column_stack([
        random.integers(2, 8, n),
        np.where(label, 3, 2), np.where(label, 3, 2),
        2 + 2 * (label ^ wrong) + random.integers(0, 2, n),
        2 + (label ^ weak),
    ])  # fmt: skip
    return ids.astype(np.int32), label.astype(np.uint8)


def test_a_field_that_tells_the_label_is_found_and_others_are_not() -> None:
    found = telling(FIELDS, part(0, 4_000), part(1, 2_000))
    assert found == {"after": pytest.approx(0.99, abs=0.01)}


def test_too_few_rows_of_a_class_say_nothing() -> None:
    assert telling(FIELDS, part(0, 4_000), part(1, 100)) == {}


def test_of_many_rows_blocks_are_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(leaks, "BLOCKS", 4)
    monkeypatch.setattr(leaks, "BLOCK", 500)
    ids, labels = part(2, 8_000)
    ids[2_100:2_300], labels[2_100:2_300] = 0, 1  # between two blocks, and never seen
    seen = leaks._some((ids, labels))
    assert [len(each) for each in seen] == [2_000, 2_000]
    assert telling(FIELDS, (ids, labels), part(3, 2_000)).keys() == {"after"}
    assert not (seen[0] == 0).any()
