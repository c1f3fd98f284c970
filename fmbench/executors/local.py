"""Cells in processes of their own on this machine, some side by side."""

import logging
import multiprocessing
import os
import signal
import sys
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from pathlib import Path

import msgspec

from fmbench.harness import Setting, run_with_logits
from fmbench.record import Record
from fmbench.registry import load_plugin
from fmbench.spec import RunSpec

if sys.platform == "win32":
    CONTEXT = multiprocessing.get_context("spawn")
else:
    CONTEXT = multiprocessing.get_context("forkserver")
    # The first optimizer of a process imports torch._dynamo, for seconds: once, not in every cell.
    CONTEXT.set_forkserver_preload(["fmbench.harness", "torch._dynamo"])


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a cell sends back."""

    record: Record
    logits: bytes | None
    """The test logits, float32 little endian."""


def run_cells(
    specs: Sequence[RunSpec], setting: Setting, plugins: Sequence[Path] = ()
) -> Iterator[Outcome]:
    """Run every spec, `setting.jobs` at a time, and yield outcomes as they come.

    Each cell has a process of its own: its peak memory is its own, and one that dies takes no
    other with it. Processes are forked from a server that has torch loaded but has not used it,
    so that a cell starts in milliseconds. When the caller stops early, running cells are ended.
    """
    waiting = list(reversed(specs))
    running: dict[Connection, tuple[RunSpec, BaseProcess]] = {}
    try:
        while waiting or running:
            while waiting and len(running) < setting.jobs:
                spec = waiting.pop()
                ours, theirs = CONTEXT.Pipe(duplex=False)
                process: BaseProcess = CONTEXT.Process(
                    target=_cell, args=(theirs, spec, setting, plugins)
                )
                process.start()
                theirs.close()
                running[ours] = (spec, process)
            for ready in wait(list(running)):
                assert isinstance(ready, Connection)
                spec, process = running.pop(ready)
                yield _receive(ready, spec, process)
    finally:
        for _, process in running.values():
            process.terminate()
        for _, process in running.values():
            process.join()


def _receive(connection: Connection, spec: RunSpec, process: BaseProcess) -> Outcome:
    """Return what a cell sent, or the record of how its process ended without a word."""
    try:
        record = msgspec.json.decode(connection.recv_bytes(), type=Record)
        logits = connection.recv_bytes() or None
    except (EOFError, OSError):  # OSError: it died in the middle of a word
        process.join()
        code = process.exitcode or 0
        end = f"was killed by {signal.Signals(-code).name}" if code < 0 else f"exited with {code}"
        record, logits = Record(spec=spec, status="error", reason=f"the process {end}"), None
    connection.close()
    process.join()
    return Outcome(record, logits)


def _cell(connection: Connection, spec: RunSpec, setting: Setting, plugins: Sequence[Path]) -> None:
    """Run one spec in this process and send what came of it."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's to handle
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    logging.getLogger("fmbench").setLevel(logging.ERROR)  # the parent has warned already
    threading.Thread(target=_end_with_parent, daemon=True).start()
    for plugin in plugins:
        load_plugin(plugin)
    record, logits = run_with_logits(spec, setting)
    connection.send_bytes(msgspec.json.encode(record))
    connection.send_bytes(b"" if logits is None else logits.tobytes())
    connection.close()


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)
