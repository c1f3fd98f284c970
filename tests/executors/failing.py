"""Models that fail, each in a way of its own; a plugin for cells, and no test."""

import ctypes
import hashlib
import os
import resource
import signal
import sys
import threading
import time
from multiprocessing.connection import Connection
from pathlib import Path

import msgspec
import torch
from torch import Tensor

from fmbench.executors.local.cell import Outcome, encode
from fmbench.models import register_model
from fmbench.models.lr import LogisticRegression
from fmbench.record import Record
from fmbench.spec import RunSpec

STARTED = Path(__file__).with_name("started")
"""Where a model writes the processes that it starts."""


class Failing(LogisticRegression):
    """LR, but that it fails when it is used."""

    def forward(self, ids: Tensor) -> Tensor:
        self.fail()
        return super().forward(ids)

    def fail(self) -> None:
        raise NotImplementedError


def failing(model: type[Failing]) -> type[Failing]:
    return register_model(model.__name__.lower(), paper="", year=2026)(model)


def cell() -> tuple[Connection, RunSpec]:
    """Return the pipe and the spec of the cell that this is called in."""
    frame = sys._getframe()
    while frame.f_code.co_name != "run_cell":
        assert frame.f_back
        frame = frame.f_back
    return frame.f_locals["pipe"], frame.f_locals["spec"]


def start_child() -> None:
    """Start a process that takes note of SIGTERM, does not end and keeps all files open."""
    pid = os.fork()
    if pid == 0:
        signal.signal(signal.SIGTERM, lambda *_: STARTED.with_name(f"told-{os.getpid()}").touch())
        time.sleep(1000)
        os._exit(0)
    with STARTED.open("a") as file:
        file.write(f"{pid}\n")


@failing
class Diverges(Failing):
    def forward(self, ids: Tensor) -> Tensor:
        return LogisticRegression.forward(self, ids) * torch.nan


@failing
class Raises(Failing):
    def fail(self) -> None:
        raise ValueError("no\nway")


@failing
class Interrupts(Failing):
    def fail(self) -> None:
        raise KeyboardInterrupt


@failing
class Exits(Failing):
    def fail(self) -> None:
        sys.exit(3)


@failing
class Leaves(Failing):
    def fail(self) -> None:
        os._exit(3)


@failing
class Dies(Failing):
    def fail(self) -> None:
        os.kill(os.getpid(), signal.SIGKILL)


@failing
class Crashes(Failing):
    def fail(self) -> None:
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        os.kill(os.getpid(), signal.SIGSEGV)


@failing
class Strange(Failing):
    """Ends by a signal that has no name."""

    def fail(self) -> None:
        os.kill(os.getpid(), signal.SIGRTMIN + 3)


@failing
class Greedy(Failing):
    """Wants more than there is, from torch."""

    def fail(self) -> None:
        resource.setrlimit(resource.RLIMIT_AS, (1 << 36, 1 << 36))
        torch.zeros(1 << 40, dtype=torch.uint8)


@failing
class Hoards(Failing):
    """Takes all that there is, bit by bit, from Python."""

    def fail(self) -> None:
        size = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
        resource.setrlimit(resource.RLIMIT_AS, (size + (64 << 20),) * 2)
        blocks = []
        while True:
            blocks.append(bytes(1 << 20))


@failing
class Deserts(Failing):
    """Closes the pipe, then works."""

    def fail(self) -> None:
        cell()[0].close()


@failing
class Babbles(Failing):
    """Sends what is no record, then what would have been one."""

    def fail(self) -> None:
        pipe, _ = cell()
        os.write(pipe.fileno(), b"\xff\x00\x7f{]" * 40)


@failing
class Halves(Failing):
    """Dies when its record is sent and its predictions are not all."""

    def fail(self) -> None:
        pipe, spec = cell()
        logits = bytes(400)
        known = hashlib.sha256(logits).hexdigest()
        record = Record(spec=spec, status="ok", predictions=known)
        os.write(pipe.fileno(), encode(Outcome(record, logits))[:-1])
        os._exit(0)


@failing
class Lies(Failing):
    """Sends the record of another cell."""

    def fail(self) -> None:
        pipe, spec = cell()
        other = msgspec.structs.replace(spec, seed=spec.seed + 1)
        logits = bytes(400)
        record = Record(spec=other, status="ok", predictions=hashlib.sha256(logits).hexdigest())
        os.write(pipe.fileno(), encode(Outcome(record, logits)))
        os._exit(0)


@failing
class Noisy(Failing):
    """Works, but prints a great deal."""

    def fail(self) -> None:
        os.write(1, b"noise\n" * 1000)
        sys.stdout.write("noise\n" * 1000)
        sys.stderr.write("noise\n" * 1000)


@failing
class Lingers(Failing):
    """Works, but leaves a thread that never ends and a child that holds the pipe."""

    def fail(self) -> None:
        if threading.active_count() < 5:
            threading.Thread(target=time.sleep, args=(1000,)).start()
        if not STARTED.exists():
            start_child()


@failing
class Hangs(Failing):
    def fail(self) -> None:
        start_child()
        time.sleep(1000)


@failing
class Deaf(Failing):
    """Does not care for SIGTERM."""

    def fail(self) -> None:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        while True:
            time.sleep(1)


@failing
class Stopped(Failing):
    def fail(self) -> None:
        os.kill(os.getpid(), signal.SIGSTOP)


@failing
class Clings(Failing):
    """Never lets go of the interpreter: no other thread of the process runs again."""

    def fail(self) -> None:
        start_child()
        ctypes.PyDLL(None).pause()


@failing
class Mute(Failing):
    """Closes its pipe and lives on."""

    def fail(self) -> None:
        cell()[0].close()
        time.sleep(1000)
