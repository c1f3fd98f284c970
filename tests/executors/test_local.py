"""Cells fail alone: each in its own way, each with a record, none with company."""

import re
import signal
import time
from collections.abc import Iterator
from multiprocessing import forkserver
from pathlib import Path

import pytest

from fmbench.executors import Local
from fmbench.executors.local import oom, worker
from fmbench.harness import Setting
from fmbench.record import Record

from .conftest import all_end, make_spec, started

WITHOUT = r"the process exited with 0, without a result"
ENDS = {
    "diverges": ("diverged", r"training loss at step 0 of the epoch is not finite"),
    "raises": ("error", r"ValueError: no"),
    "interrupts": ("error", r"KeyboardInterrupt"),
    "exits": ("error", r"SystemExit: 3"),
    "leaves": ("error", r"the process exited with 3, without a result"),
    "dies": ("error", r"the process was killed by SIGKILL; often .* short of memory"),
    "crashes": ("error", r"the process was killed by SIGSEGV"),
    "strange": ("error", r"the process was killed by signal \d+"),
    "greedy": ("oom", r"RuntimeError: .*can't allocate memory.*"),
    "hoards": ("oom", r"MemoryError"),
    "deserts": ("error", WITHOUT),
    "babbles": ("error", WITHOUT),
    "halves": ("error", WITHOUT),
    "lies": ("error", WITHOUT),
    "noisy": ("ok", r""),
    "lingers": ("ok", r""),
    "lr": ("ok", r""),
}
HANGING = ("hangs", "deaf", "stopped", "clings", "mute")


def is_no_result(record: Record) -> bool:
    """Tell whether nothing in a record could be taken for a measurement."""
    return not (record.metrics or record.curve or record.samples or record.predictions)


@pytest.fixture
def own_server() -> Iterator[None]:
    """Have cells forked from a new server: they write to where it was started, not the caller."""
    forkserver._forkserver._stop()
    yield
    forkserver._forkserver._stop()


def test_each_failure_is_a_record_and_the_rest_goes_on(
    plugin: Path, capfd: pytest.CaptureFixture[str], own_server: None
) -> None:
    began = time.monotonic()
    found = list(Local().run([make_spec(model) for model in ENDS], Setting(jobs=2), [plugin]))
    assert time.monotonic() - began < 200  # nothing waited for the 1000 s of `lingers`
    assert len(found) == len(ENDS)
    for record, logits in ((outcome.record, outcome.logits) for outcome in found):
        status, reason = ENDS[record.spec.model]
        assert record.status == status, record
        assert re.fullmatch(reason, record.reason or ""), record
        assert (logits is not None) == (status == "ok")
        assert (status == "ok") != is_no_result(record)
        assert record.environment["device"] == "cpu"
    assert all_end(started(plugin))
    assert len(started(plugin)) == 1
    out, err = capfd.readouterr()
    assert out == ""
    assert err.count("noise") >= 3000
    assert "Traceback" not in err


def test_what_hangs_is_ended_at_the_limit_with_all_that_it_started(
    plugin: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker, "GRACE", 0.5)
    specs = [make_spec(model) for model in HANGING]
    found = [o.record for o in Local().run(specs, Setting(jobs=5, timeout=4.0), [plugin])]
    assert {r.spec.model for r in found} == set(HANGING)
    assert {(r.status, r.reason) for r in found} == {("timeout", "no result after 4 s, the limit")}
    assert all(map(is_no_result, found))
    assert len(started(plugin)) == 2, "a model has not come so far as to hang"
    assert all_end(started(plugin))
    told = {path.name for path in plugin.parent.glob("told-*")}
    assert told == {f"told-{pid}" for pid in started(plugin)}


def test_the_limit_is_of_each_cell_and_not_of_all(plugin: Path) -> None:
    specs = [make_spec("lr", seed) for seed in range(3)]
    found = [o.record.status for o in Local().run(specs, Setting(jobs=1, timeout=60), [plugin])]
    assert found == ["ok"] * 3


def test_a_caller_who_stops_early_leaves_no_cell_behind(
    plugin: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker, "GRACE", 0.5)
    outcomes = Local().run(
        [make_spec(model) for model in ("clings", "deaf", "hangs", "lr")], Setting(jobs=4), [plugin]
    )
    assert next(outcomes).record.spec.model == "lr"
    while len(started(plugin)) < 2:
        time.sleep(0.01)
    outcomes.close()
    assert all_end(started(plugin))


def test_a_plugin_that_fails_only_in_a_cell_is_a_record(tmp_path: Path) -> None:
    plugin = tmp_path / "shy.py"
    plugin.write_text(
        "import multiprocessing\n"
        "if multiprocessing.parent_process():\n"
        "    raise RuntimeError('not here')\n"
    )
    (outcome,) = Local().run([make_spec("lr")], Setting(), [plugin])
    assert outcome.record.status == "error"
    assert outcome.record.reason == "plugin 'shy.py' fails: RuntimeError: not here"


def test_a_cell_that_cannot_be_started_is_a_record(monkeypatch: pytest.MonkeyPatch) -> None:
    def start(self: object) -> None:
        raise BlockingIOError(11, "Resource temporarily unavailable")

    monkeypatch.setattr(worker.Worker, "start", start)
    records = [o.record for o in Local().run([make_spec("lr", s) for s in range(3)], Setting())]
    assert [r.status for r in records] == ["error"] * 3
    assert records[0].reason == "no process: [Errno 11] Resource temporarily unavailable"


def test_ctrl_c_does_not_cut_the_start_of_a_cell_short(monkeypatch: pytest.MonkeyPatch) -> None:
    """The server would be left with half a message, of which it prints a traceback."""
    connect = forkserver.connect_to_new_process

    def interrupted(fds: list[int]) -> tuple[int, int]:
        ends = connect(fds)
        signal.raise_signal(signal.SIGINT)
        return ends

    starting = worker.Worker(make_spec("lr"), Setting(), [])
    worker.start_server()
    worker._wait_for_server()
    monkeypatch.setattr(forkserver, "connect_to_new_process", interrupted)
    with pytest.raises(KeyboardInterrupt):
        starting.start()
    assert starting._process.pid
    starting.kill()
    starting.close()


@pytest.mark.parametrize(("moved", "status"), [(0, "error"), (1, "oom")])
def test_a_kill_is_for_want_of_memory_where_the_kernel_says_so(
    moved: int, status: str, plugin: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    counts = iter([5, 5 + moved])
    monkeypatch.setattr(oom, "kills", lambda: next(counts))
    (outcome,) = Local().run([make_spec("dies")], Setting(), [plugin])
    assert outcome.record.status == status
    assert "SIGKILL" in (outcome.record.reason or "")


def test_no_cell_is_a_fork_of_the_sweep() -> None:
    """A fork would inherit locks that threads of the sweep hold, with nobody to release them."""
    assert worker.CONTEXT.get_start_method() in ("forkserver", "spawn")
