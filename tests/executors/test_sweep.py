"""A sweep whose cells fail: the count stays right, records are kept, the next sweep tries again."""

import shutil
import signal
from multiprocessing import forkserver
from pathlib import Path

import pytest

from fmbench.errors import EnvironmentFault
from fmbench.executors import Local, sweep
from fmbench.harness import Setting
from fmbench.record import Record
from fmbench.store import Store

from .conftest import make_spec


def test_the_count_goes_up_by_one_whatever_becomes_of_a_cell(plugin: Path, tmp_path: Path) -> None:
    seen: list[tuple[int, int, str, str]] = []

    def watch(done: int, total: int, record: Record) -> None:
        seen.append((done, total, record.spec.model, record.status))

    models = ("raises", "lr", "dies", "diverges")
    specs, store = [make_spec(model) for model in models], Store(tmp_path / "store")
    records = sweep(specs, Setting(jobs=1), store, Local(), plugins=[plugin], watch=watch)
    statuses = ["error", "ok", "error", "diverged"]
    assert [record.status for record in records] == statuses
    assert seen == [(i + 1, 4, *cell) for i, cell in enumerate(zip(models, statuses, strict=True))]
    assert {r.spec.model: r.status for r in store.read().records} == dict(
        zip(models, statuses, strict=True)
    )
    seen.clear()
    sweep(specs, Setting(jobs=1), store, Local(), plugins=[plugin], watch=watch)
    assert [(done, total, model) for done, total, model, _ in seen] == [
        (2, 4, "raises"),
        (3, 4, "dies"),
        (4, 4, "diverges"),
    ]


def test_a_signal_while_a_record_is_written_waits_for_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store, append = Store(tmp_path / "store"), Store.append

    def interrupted(self: Store, record: Record, *logits: bytes | None) -> None:
        signal.raise_signal(signal.SIGINT)
        append(self, record, *logits)

    monkeypatch.setattr(Store, "append", interrupted)
    with pytest.raises(KeyboardInterrupt):
        sweep([make_spec("lr"), make_spec("fm")], Setting(jobs=1), store, Local())
    assert [record.spec.model for record in store.read().records] == ["lr"]


def test_a_cell_that_ends_is_not_lost_by_a_watcher_that_fails(plugin: Path, tmp_path: Path) -> None:
    def watch(*_: object) -> None:
        raise KeyboardInterrupt

    store = Store(tmp_path / "store")
    with pytest.raises(KeyboardInterrupt):
        sweep([make_spec("lr"), make_spec("fm")], Setting(jobs=1), store, Local(), watch=watch)
    assert [record.spec.model for record in store.read().records] == ["lr"]


def test_a_store_that_goes_away_is_said_with_the_cell(tmp_path: Path) -> None:
    store = Store(tmp_path / "store")

    def watch(done: int, *_: object) -> None:
        if done == 1:
            shutil.rmtree(store.root)

    with pytest.raises(EnvironmentFault, match="fm, seed 0, ended and is not recorded"):
        sweep([make_spec("lr"), make_spec("fm")], Setting(jobs=1), store, Local(), watch=watch)


def test_no_server_is_started_where_nothing_is_left_to_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It would go on importing for seconds after the end, and hold open what it shares."""
    specs, store, starts = [make_spec("lr")], Store(tmp_path / "store"), []
    ensure_running = forkserver.ensure_running

    def counted() -> None:
        starts.append(1)
        ensure_running()

    monkeypatch.setattr(forkserver, "ensure_running", counted)
    sweep(specs, Setting(jobs=1), store, Local())
    assert starts
    starts.clear()
    (record,) = sweep(specs, Setting(jobs=1), store, Local())
    assert record.status == "ok"
    assert not starts


def test_a_server_that_does_not_start_is_told_of_by_each_cell(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused() -> None:
        raise BlockingIOError("no process left")

    monkeypatch.setattr(forkserver, "ensure_running", refused)
    specs = [make_spec("lr"), make_spec("fm")]
    records = sweep(specs, Setting(jobs=1), Store(tmp_path / "store"), Local())
    assert [record.reason for record in records] == ["no process: no process left"] * 2
