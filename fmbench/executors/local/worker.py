"""A worker: a cell's process as its parent sees it, from the start to whatever end it takes."""

import multiprocessing
import os
import signal
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import cache
from multiprocessing import forkserver, resource_tracker, util
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from fmbench.executors.contract import Outcome
from fmbench.executors.interrupts import held
from fmbench.executors.local import oom
from fmbench.executors.local.cell import decode, run_cell
from fmbench.executors.local.leftovers import use_own_folder
from fmbench.harness import Setting, record_of_status
from fmbench.record import Status
from fmbench.spec import RunSpec

GRACE = 2.0
"""Seconds between SIGTERM and SIGKILL."""

CONTEXT = multiprocessing.get_context("forkserver")
# The first optimizer of a process imports torch._dynamo, for seconds: once, not in every cell.
CONTEXT.set_forkserver_preload(["fmbench.harness", "torch._dynamo"])


class Worker:
    """A cell that runs.

    Nothing is expected of it: it may fall silent, close its pipe and live on, end and leave
    children that hold the pipe open, or send anything at all.
    """

    def __init__(self, spec: RunSpec, setting: Setting, plugins: Sequence[Path]) -> None:
        self.due = float("inf")
        """When to look at the worker even though there is no sign of it (time.monotonic)."""
        self._spec, self._setting = spec, setting
        self._ours, self._theirs = CONTEXT.Pipe(duplex=False)
        os.set_blocking(self._ours.fileno(), False)
        self._message = bytearray()
        self._pipe_is_open = True
        self._told_to_end = False
        self._oom_kills = oom.kills()
        args = (self._theirs, spec, setting, plugins)
        self._process = CONTEXT.Process(target=run_cell, args=args)

    def start(self) -> None:
        """Start the process, and with it the clock.

        Raises:
            OSError, EOFError: The system has no process left to give.
        """
        start_server()
        _wait_for_server()
        with held():  # cut off halfway, it would make the server print a traceback
            self._process.start()
        self._theirs.close()
        if self._setting.timeout is not None:
            self.due = time.monotonic() + self._setting.timeout

    @property
    def signs(self) -> list[Connection | int]:
        """What becomes ready when there is something to look at."""
        end = self._process.sentinel
        return [self._ours, end] if self._pipe_is_open else [end]

    def look(self) -> Outcome | None:
        """Read what came and hold the cell to its limit; return its outcome once there is one."""
        self._read()
        if self._process.exitcode is None and not self._has_said_all():
            if time.monotonic() < self.due:
                return None
            if not self._told_to_end:
                self.tell_to_end()
                return None
        self.kill()
        self._read()
        whole = decode(bytes(self._message), self._spec)
        if whole and not self._told_to_end:
            return whole
        return Outcome(record_of_status(self._spec, self._setting, *self._how_it_ended()))

    def tell_to_end(self) -> None:
        """Tell the cell and all that it started to end within the time of grace."""
        self._told_to_end = True
        self.due = time.monotonic() + GRACE
        self._signal(signal.SIGTERM)

    def wait(self) -> None:
        """Wait for the end, while the time of grace lasts."""
        if self._process.pid is not None:
            self._process.join(max(0.0, self.due - time.monotonic()))

    def kill(self) -> None:
        """End the cell and all that it started, now."""
        self._signal(signal.SIGKILL)
        if self._process.pid is not None:
            self._process.join(GRACE)

    def close(self) -> None:
        """Let go of the pipe."""
        self._ours.close()
        self._theirs.close()

    def _signal(self, number: signal.Signals) -> None:
        pid = self._process.pid
        if pid is None:
            return
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(pid, number)
            return
        if self._process.exitcode is None:  # it has not come so far as to have a group
            with suppress(ProcessLookupError):
                os.kill(pid, number)

    def _read(self) -> None:
        """Read all that is there, without waiting for more."""
        while self._pipe_is_open:
            try:
                block = os.read(self._ours.fileno(), 1 << 20)
            except BlockingIOError:
                return
            self._message += block
            self._pipe_is_open = bool(block)

    def _has_said_all(self) -> bool:
        return not self._pipe_is_open and decode(bytes(self._message), self._spec) is not None

    def _how_it_ended(self) -> tuple[Status, str]:
        """Return the status and the reason of a cell that has no outcome of its own."""
        code = self._process.exitcode
        if self._told_to_end:
            return "timeout", f"no result after {self._setting.timeout:g} s, the limit"
        if code is None:
            return "error", "the process does not end, not even by SIGKILL"
        if code >= 0:
            return "error", f"the process exited with {code}, without a result"
        name = next((s.name for s in signal.Signals if s == -code), f"signal {-code}")
        killed = f"the process was killed by {name}"
        if -code != signal.SIGKILL:
            return "error", killed
        if oom.kills() > self._oom_kills:
            return "oom", f"{killed} when the system ran out of memory"
        return "error", f"{killed}; often that is the system, short of memory"


def start_server() -> None:
    """Start the process that cells are forked from, deaf to Ctrl-C from its first instruction.

    It imports for seconds, while the caller prepares the first cell. A server that runs is kept.
    A terminal sends SIGINT to every process in front, and only the parent is to answer. Cells must
    run the code that the parent runs: the server imports from the current folder only if the parent
    does, as with `python -m` in a checkout. Elsewhere, modules that happen to lie there are not
    meant.
    """
    use_own_folder()
    with _environment("PYTHONSAFEPATH", None if _imports_from_here() else "1"):
        resource_tracker.ensure_running()  # first: it would unblock SIGINT, which is blocked below
        before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
        try:
            forkserver.ensure_running()
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)


def stop_server() -> None:
    """End the server and the tracker that multiprocessing keeps beside it; wait for their end."""
    server: Any = forkserver._forkserver
    tracker: Any = resource_tracker._resource_tracker
    with held():
        if server._forkserver_pid is not None:
            with suppress(ProcessLookupError, ChildProcessError, FileNotFoundError):
                # Told to end, it would first import all that it was to, for seconds.
                os.kill(server._forkserver_pid, signal.SIGKILL)
                server._stop()
        if tracker._pid is not None:
            os.close(tracker._fd)  # it ends once nobody holds the other end of its pipe
            pid, tracker._pid, tracker._fd = tracker._pid, None, None
            _wait_for(pid)


def _wait_for(pid: int) -> None:
    """Wait for the end of a child, and no longer than the time of grace."""
    due = time.monotonic() + GRACE
    with suppress(ChildProcessError):
        while os.waitpid(pid, os.WNOHANG) == (0, 0):
            if time.monotonic() > due:
                os.kill(pid, signal.SIGKILL)
            time.sleep(0.005)


# At exit, before the folder goes that the server's socket is in.
util.Finalize(None, stop_server, exitpriority=-50)


@cache
def _wait_for_server() -> None:
    """Wait for the server's first process: until then it imports.

    The start of a process must not be interrupted, but this wait must be: so a thread does it.
    """

    def first() -> None:
        with suppress(OSError, EOFError):  # the start of a cell will meet it and tell of it
            CONTEXT.Process(target=int).start()

    thread = threading.Thread(target=first, daemon=True)
    thread.start()
    thread.join()


def _imports_from_here() -> bool:
    try:
        here = Path.cwd()
    except FileNotFoundError:
        return False
    return any(Path(entry).resolve() == here for entry in sys.path)


@contextmanager
def _environment(name: str, value: str | None) -> Iterator[None]:
    """Set a variable for what starts meanwhile; None leaves it as it is."""
    before = os.environ.get(name)
    if value is not None:
        os.environ[name] = value
    try:
        yield
    finally:
        if before is not None:
            os.environ[name] = before
        elif value is not None:
            del os.environ[name]
