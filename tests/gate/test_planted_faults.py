"""Faults planted into fmbench itself: the gate lets none of them pass, and calls leaks by name."""

import ast
import dataclasses
import json
import tomllib
from pathlib import Path
from typing import Any

import pytest

FAULTS = Path(__file__).parents[2] / "benchmarks" / "faults" / "faults.toml"
CATALOGUE = tomllib.loads(FAULTS.read_text(encoding="utf-8"))
NAMES = [fault["name"] for fault in CATALOGUE["fault"]]
ROOMS = {"models", "layers", "data", "training", "harness", "engine", "metrics"}

SMALL = ["--dataset", "kmrd-synth", "--set", "data.rows=8000", "--set", "train.max_epochs=5"]

every_fault = pytest.mark.parametrize("name", NAMES)


@pytest.fixture(scope="module")
def small(planting: Any, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """Return what plants faults into a copy that runs on few rows."""
    folder = tmp_path_factory.mktemp("small")
    return planting.Planter(folder, folder / "stores", SMALL)


@pytest.fixture(scope="module")
def whole(planting: Any, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """Return what plants faults into a copy that runs on KMRD-small, or on as many rows."""
    folder = tmp_path_factory.mktemp("whole")
    return planting.Planter(folder, folder / "stores", planting.whole_data())


def fault(planting: Any, name: str) -> Any:
    (found,) = (each for each in planting.FAULTS if each.name == name)
    return found


def hold(found: Any, expected: Any) -> None:
    """Hold what the gate said to what the catalogue has."""
    if expected.passes:
        assert not found.is_caught, found
        return
    assert found.is_caught, found
    assert found.verdict == expected.verdict, found
    assert ("TOO GOOD" in found.why) == expected.leak, found


def test_there_are_enough_in_every_room(planting: Any) -> None:
    assert len(set(NAMES)) == len(NAMES)
    assert {each.room for each in planting.FAULTS} == ROOMS
    assert sum(not each.passes for each in planting.FAULTS) >= 20


@every_fault
def test_a_fault_stands_where_it_is_planted(name: str, planting: Any) -> None:
    each = fault(planting, name)
    source = (planting.ROOT / "fmbench" / each.file).read_text(encoding="utf-8")
    planted = each.planted(source)
    assert ast.dump(ast.parse(planted)) != ast.dump(ast.parse(source))
    for moved in (planted.replace(each.find, ""), source + source):
        with pytest.raises(ValueError, match="times in"):
            each.planted(moved)


def test_a_copy_is_sound_again_afterwards(planting: Any, small: Any) -> None:
    each = fault(planting, "a sigmoid too many")
    path = small.copy / "fmbench" / each.file
    sound, time = path.read_bytes(), path.stat().st_mtime_ns
    with small.planted(each):
        assert b"logits.sigmoid()" in path.read_bytes()
    assert (path.read_bytes(), path.stat().st_mtime_ns) == (sound, time)


@pytest.mark.parametrize("name", ["a sigmoid too many", "test rows are trained on"])
def test_a_planted_fault_is_caught(name: str, planting: Any, small: Any) -> None:
    expected = dataclasses.replace(fault(planting, name), seeds=3)
    hold(small.judge(expected), expected)


@pytest.mark.slow
@pytest.mark.timeout(1800)
@every_fault
def test_each_planted_fault_is_caught(
    name: str, planting: Any, whole: Any, record_property: Any
) -> None:
    expected = fault(planting, name)
    found = whole.judge(expected)
    said = f"{found.verdict} (exit {found.exit}): {found.why}"
    record_property("shown", f"gate: {found.room}: {name}: {said}")
    hold(found, expected)


def test_the_result_is_of_these_faults(planting: Any) -> None:
    kept = json.loads(planting.RESULT.read_text(encoding="utf-8"))["faults"]
    assert [each["fault"] for each in kept] == NAMES
    for each in kept:
        hold(planting.Found(**each), fault(planting, each["fault"]))
