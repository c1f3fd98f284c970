from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from msgspec import structs

from fmbench.errors import EnvironmentFault, StoreError, UsageError
from fmbench.gate import Acceptance, Log, Promotion
from fmbench.gate.reference import find, promote
from fmbench.store import Store

from .conftest import Make


def promotion(reason: str) -> Promotion:
    return Promotion(at="2026-11-24T00:00:00Z", store="../a", records=["0" * 12], reason=reason)


def test_what_is_added_comes_back_in_order(tmp_path: Path) -> None:
    log = Log("main", tmp_path / "references")
    accepted = Acceptance(
        at="2026-11-25T00:00:00Z", cell="fm", metric="auc", until=date(2027, 1, 31), reason="é"
    )
    for entry in (promotion("first"), accepted, promotion("second")):
        log.append(entry)
    assert log.read() == [promotion("first"), accepted, promotion("second")]
    assert log.promotion().reason == "second"
    assert log.acceptances() == [accepted]
    assert [path.name for path in log.path.parent.iterdir()] == ["main.jsonl"]


def test_nothing_is_lost_when_many_add(tmp_path: Path) -> None:
    log = Log("main", tmp_path)
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda i: log.append(promotion(str(i))), range(40)))
    assert sorted(int(entry.reason) for entry in log.read()) == list(range(40))


def test_every_cut_of_a_log_is_noticed_or_ends_between_entries(tmp_path: Path) -> None:
    log = Log("main", tmp_path)
    for reason in ("first", "second"):
        log.append(promotion(reason))
    whole = log.path.read_bytes()
    for length in range(len(whole)):
        log.path.write_bytes(whole[:length])
        if whole[:length].endswith(b"\n") or not length:
            assert len(log.read()) == whole[:length].count(b"\n")
        else:
            with pytest.raises(StoreError, match="it is cut short"):
                log.read()


@pytest.mark.parametrize("name", ["", ".", "..", "../main", "a/b", "a b", "-x", "ä", "a\n"])
def test_a_name_is_no_path(name: str) -> None:
    with pytest.raises(UsageError, match="reference name"):
        Log(name)


def test_a_folder_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(EnvironmentFault, match="cannot be written"):
        Log("main", tmp_path / "file").append(promotion("x"))


def test_trials_of_tuning_are_nothing_to_judge(tmp_path: Path, records: Make) -> None:
    """A store that `run` tuned in holds them beside the cells; they have no test rows."""
    store = Store(tmp_path / "store")
    store.prepare()
    tested = records("fm", predictions=None)
    trials = [
        structs.replace(r, spec=structs.replace(r.spec, tests=False, name="fm trial 0"))
        for r in tested
    ]
    for record in (*tested, *trials):
        store.append(record, None)
    found = find(str(tmp_path / "store"), tmp_path).records
    assert {record.spec.name for record in found} == {"fm"}
    log = Log("main", tmp_path)
    now = datetime(2026, 11, 24, tzinfo=UTC)
    kept = promote(log, tmp_path / "store", reason="first", now=now, min_seeds=1).records
    assert len(kept) == len(tested)
