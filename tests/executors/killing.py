"""Kill a running sweep again and again, and look at what is left each time.

    python tests/executors/killing.py FOLDER KILLS SEED

Every sweep is forked from this process, which has imported all that takes long, and all share one
server of cells: what is killed is a sweep at work and not an interpreter that starts.
"""

import json
import os
import random
import signal
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from multiprocessing import forkserver
from pathlib import Path
from typing import Any, NoReturn

from fmbench.data import Where
from fmbench.executors import Local, sweep
from fmbench.executors.local import worker
from fmbench.harness import Setting, resolve
from fmbench.record import Record
from fmbench.spec import RunSpec, TrainSpec
from fmbench.store import Store

MODELS, SEEDS = ("lr", "fm", "deepfm"), 2


def specs() -> list[RunSpec]:
    train = TrainSpec(max_epochs=2, batch_size=64)
    args = {"rows": 2000}
    cells = [
        RunSpec(name=m, dataset="kmrd-synth", dataset_args=args, model=m, train=train, seed=seed)
        for seed in range(SEEDS)
        for m in MODELS
    ]
    return [resolve(spec, Where()) for spec in cells]


def outcomes(store: Store) -> dict[tuple[str, int], Any]:
    """Return what is the same of every run of a cell: all but the clock."""
    return {(r.spec.model, r.spec.seed): outcome(r) for r in store.read().records}


def outcome(record: Record) -> Any:
    losses = [(e.train_loss, e.tail_loss, e.valid_logloss, e.valid_auc) for e in record.curve]
    known = (record.spec, record.status, record.fingerprint, record.best_epoch)
    return (*known, record.metrics, record.predictions, losses)


def serve() -> None:
    """Have the server of cells run; a sweep killed while it asked for a cell takes it along."""
    while True:
        worker.start_server()
        probe = worker.CONTEXT.Process(target=int)
        with suppress(OSError, EOFError):
            probe.start()
            probe.join()
            return
        time.sleep(0.05)


def start(run: Callable[[int], None]) -> tuple[int, int]:
    """Fork a process that calls `run`; return its id and where one reads what `run` writes."""
    ours, theirs = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.close(ours)
        child(run, theirs)
    os.close(theirs)
    return pid, ours


def child(run: Callable[[int], None], out: int) -> NoReturn:
    # The server is the parent's child: not this process's to wait for.
    forkserver._forkserver.ensure_running = lambda: None
    forkserver.ensure_running = lambda: None
    try:
        run(out)
        os._exit(0)
    finally:
        os._exit(1)


def run(folder: Path) -> Callable[[int], None]:
    def call(out: int) -> None:
        def tell(done: int, total: int, record: Record) -> None:
            os.write(out, f"{record.spec.model} {record.spec.seed}\n".encode())

        sweep(specs(), Setting(jobs=2), Store(folder), Local(), watch=tell)

    return call


def kill_after(seconds: float, folder: Path) -> tuple[bool, bool, set[tuple[str, int]]]:
    """Run a sweep, kill it.

    Returns:
        Whether it was still there, whether cells were at work, and what it had announced.
    """
    serve()
    pid, told = start(run(folder))
    time.sleep(seconds)
    at_work = bool(cells())
    os.kill(pid, signal.SIGKILL)
    _, status = os.waitpid(pid, 0)
    with os.fdopen(told) as lines:
        announced = {(m, int(seed)) for m, seed in map(str.split, lines)}
    code = os.waitstatus_to_exitcode(status)
    assert code in (0, -signal.SIGKILL), f"a sweep ended with {code}"
    return code != 0, at_work, announced


def cells() -> list[str]:
    """Return the processes that the server of cells has at the moment."""
    server = forkserver._forkserver._forkserver_pid
    return Path(f"/proc/{server}/task/{server}/children").read_text().split()


def files(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.glob("records/*.json")}


def main(root: Path, kills: int, seed: int) -> None:
    draw = random.Random(seed)
    serve()
    pid, _ = start(run(root / "warm"))  # fills the cache of data and waits for the server
    assert os.waitpid(pid, 0)[1] == 0
    began = time.monotonic()
    pid, _ = start(run(root / "whole"))
    assert os.waitpid(pid, 0)[1] == 0
    usual = time.monotonic() - began
    expected = outcomes(Store(root / "whole"))
    assert len(expected) == len(MODELS) * SEEDS
    counts = {"kills": 0, "at_work": 0, "stores": 0, "records": 0, "announced": 0, "drafts": 0}
    while counts["at_work"] < kills:
        counts["stores"] += 1
        folder, kept, hit = root / str(counts["stores"]), dict[str, bytes](), True
        while hit:
            left = usual * (1 - len(kept) / len(expected) / 2)  # what is there is not run again
            hit, at_work, announced = kill_after(draw.uniform(0, left), folder)
            counts["kills"] += hit
            counts["at_work"] += hit and at_work
            store = Store(folder)
            found = outcomes(store) if store.records.is_dir() else {}
            assert announced <= found.keys(), f"lost: {announced - found.keys()}"
            assert found.items() <= expected.items(), "a record is wrong"
            now = files(folder)
            assert now.items() >= kept.items(), "a record was lost or written twice"
            assert len(now) == len(found), "a record is there twice"
            counts["announced"] += len(announced)
            counts["drafts"] += len([*folder.glob("*/.*.tmp")])
            kept, deadline = now, time.monotonic() + 10
            while cells() and time.monotonic() < deadline:
                time.sleep(0.01)
            assert not cells(), "cells have outlived their sweep"
        assert outcomes(Store(folder)) == expected
        counts["records"] += len(expected)
    sys.stdout.write(json.dumps({"seed": seed, "usual_s": round(usual, 2), **counts}) + "\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))
