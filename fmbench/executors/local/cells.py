"""Cells in processes of their own on this machine, some side by side."""

import time
from collections import deque
from collections.abc import Generator, Iterator, Sequence
from multiprocessing.connection import wait
from pathlib import Path

from fmbench.executors.contract import Outcome
from fmbench.executors.interrupts import held
from fmbench.executors.local.worker import Worker, start_server
from fmbench.harness import Setting, record_of_status
from fmbench.spec import RunSpec

_LONGEST_WAIT = 3600.0
"""Seconds; poll refuses to wait for many days."""


class Local:
    """Cells in processes of this machine; an `Executor`.

    Each cell has a process of its own: its peak memory is its own, and one that fails, in whatever
    way, takes no other with it. Processes are forked from a server that has torch loaded but has
    not used it, so that a cell starts in milliseconds.
    """

    def get_ready(self) -> None:
        """Start the server."""
        start_server()

    def run(
        self, specs: Sequence[RunSpec], setting: Setting, plugins: Sequence[Path] = ()
    ) -> Generator[Outcome]:
        """Run every spec, `setting.jobs` at a time, and yield outcomes as they come.

        When the caller stops early, running cells are ended, and so is all that they started.
        """
        waiting = deque(specs)
        running: list[Worker] = []
        try:
            while waiting or running:
                while waiting and len(running) < setting.jobs:
                    spec = waiting.popleft()
                    running.append(worker := Worker(spec, setting, plugins))
                    try:
                        worker.start()
                    except (OSError, EOFError) as error:
                        running.remove(worker)
                        worker.close()
                        reason = f"no process: {error}"
                        yield Outcome(record_of_status(spec, setting, "error", reason))
                yield from _outcomes(running)
        finally:
            with held():
                _end(running)


def _outcomes(running: list[Worker]) -> Iterator[Outcome]:
    """Wait for signs of the workers; yield the outcomes of those that ended, and drop these."""
    due = min((worker.due for worker in running), default=0.0)
    left = max(0.0, due - time.monotonic())
    wait([sign for worker in running for sign in worker.signs], min(left, _LONGEST_WAIT))
    for worker in tuple(running):
        if outcome := worker.look():
            running.remove(worker)
            worker.close()
            yield outcome


def _end(running: Sequence[Worker]) -> None:
    for worker in running:
        worker.tell_to_end()
    for worker in running:
        worker.wait()
    for worker in running:
        worker.kill()
        worker.close()
