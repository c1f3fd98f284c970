from collections.abc import Callable

from hypothesis import given, settings
from hypothesis import strategies as st

from fmbench.gate.match import match
from fmbench.record import Record
from fmbench.spec import RunSpec, TrainSpec

Make = Callable[..., list[Record]]


def test_the_same_case_is_the_same_cell(records: Make) -> None:
    both = [*records("fm"), *records("lr"), *records("fm", split="temporal")]
    found = match(both, both)
    assert {each.name for each in found} == {
        "fm/kmrd-small/ids/random",
        "fm/kmrd-small/ids/temporal",
        "lr/kmrd-small/ids/random",
    }
    assert [(list(m.base), list(m.new), m.difference) for m in found] == [
        ([0, 1, 2], [0, 1, 2], [])
    ] * 3


def test_a_changed_default_is_a_difference_and_no_new_cell(records: Make) -> None:
    (found,) = match(records(lr=0.005), records(lr=0.01, model_args={"embed_dim": 8}))
    assert found.name == "fm/kmrd-small/ids/random"
    assert found.difference == ["model_args.embed_dim absent → 8", "train.lr 0.005 → 0.01"]


def test_other_rows_under_the_same_options_are_a_difference(records: Make) -> None:
    (found,) = match(records(), records(fingerprint="beef" * 16))
    assert found.difference == ["the rows of the split f00dfeedf00d → beefbeefbeef"]


def test_of_several_changed_cells_those_nearest_are_paired(records: Make) -> None:
    base = [*records(lr=0.005), *records(lr=0.005, split="temporal")]
    new = [*records(lr=0.01), *records(lr=0.01, split="temporal")]
    assert {m.name: m.difference for m in match(base, new)} == {
        "fm/kmrd-small/ids/random": ["train.lr 0.005 → 0.01"],
        "fm/kmrd-small/ids/temporal": ["train.lr 0.005 → 0.01"],
    }


def test_a_second_setting_of_a_model_is_new_and_told_apart(records: Make) -> None:
    found = match(records(), [*records(), *records(lr=0.01)])
    assert sorted((bool(m.base), bool(m.new)) for m in found) == [(False, True), (True, True)]
    assert len({m.name for m in found}) == 2


def test_another_model_dataset_or_name_is_another_cell(records: Make) -> None:
    for other in (records("lr"), records(dataset="kmrd-2m")):
        sides = [(bool(m.base), bool(m.new)) for m in match(records(), other)]
        assert sides == [(True, False), (False, True)]


specs = st.builds(
    RunSpec,
    name=st.just("m"),
    dataset=st.just("d"),
    dataset_args=st.fixed_dictionaries({"split": st.sampled_from(["random", "temporal"])}),
    model=st.sampled_from(["a", "b"]),
    model_args=st.dictionaries(st.sampled_from("xyz"), st.integers(0, 2)),
    train=st.builds(TrainSpec, lr=st.sampled_from([0.1, 0.2])),
    seed=st.integers(0, 2),
)
sides = st.lists(specs.map(lambda spec: Record(spec=spec, status="ok")), max_size=12)


@given(sides, sides)
@settings(max_examples=150, derandomize=True)
def test_every_record_is_in_one_cell_and_swapping_swaps(
    base: list[Record], new: list[Record]
) -> None:
    def keys(records: list[Record]) -> set[tuple[str, int]]:
        return {(record.spec.case, record.spec.seed) for record in records}

    found = match(base, new)
    for side, records in (("base", base), ("new", new)):
        cells = [list(getattr(m, side).values()) for m in found]
        assert sum(map(len, cells)) == len(keys(records))
        assert keys([record for cell in cells for record in cell]) == keys(records)
    swapped = {m.name: (m.new, m.base) for m in match(new, base)}
    assert swapped == {m.name: (m.base, m.new) for m in found}
    assert len(swapped) == len(found)
