from fmbench.stats import groups


def test_a_group_holds_what_cannot_be_told_from_its_best() -> None:
    worse = {("b", "a"): False, ("c", "a"): True, ("d", "c"): False}
    assert groups(["a", "b", "c", "d"], lambda x, y: worse[x, y]) == [1, 1, 2, 2]


def test_edges() -> None:
    assert groups([], lambda x, y: True) == []
    assert groups(["a", "b", "c"], lambda x, y: True) == [1, 2, 3]
    assert groups(["a", "b", "c"], lambda x, y: False) == [1, 1, 1]
