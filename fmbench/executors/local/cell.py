"""A cell: one spec run in a process of its own, and the one message that comes of it."""

import fcntl
import hashlib
import logging
import multiprocessing
import os
import signal
import sys
import threading
from collections.abc import Sequence
from contextlib import suppress
from multiprocessing.connection import Connection
from pathlib import Path

import msgspec

from fmbench.executors.contract import Outcome
from fmbench.harness import Kept, Setting, record_of_error, run_with_logits
from fmbench.record import Record
from fmbench.registry import load_plugin
from fmbench.spec import RunSpec


def run_cell(pipe: Connection, spec: RunSpec, setting: Setting, plugins: Sequence[Path]) -> None:
    """Run one spec in this process, send what came of it, and end."""
    os.setsid()  # a group of its own: whatever a plugin starts ends with the cell
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's to handle
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    _end_with_parent()
    os.dup2(2, 1)  # stdout is for the parent's results, not for what plugins print
    logging.basicConfig(format="fmbench: %(levelname)s: %(message)s")
    logging.addLevelName(logging.WARNING, "warning")
    logging.getLogger("fmbench").setLevel(logging.ERROR)  # the parent has warned already,
    logging.getLogger("fmbench.checkpoint").setLevel(logging.WARNING)  # but of these
    try:
        for plugin in plugins:
            load_plugin(plugin)
        record, logits = run_with_logits(spec, setting)
        message = encode(Outcome(record, *(_bytes(logits, part) for part in ("test", "valid"))))
    except BaseException as error:  # sys.exit, too, is a plugin's way to fail
        message = encode(Outcome(record_of_error(spec, setting, error)))
    for stream in (sys.stdout, sys.stderr):
        with suppress(Exception):
            stream.flush()
    with suppress(OSError), os.fdopen(pipe.fileno(), "wb") as file:
        file.write(message)
    os._exit(0)  # no thread and no exit handler of a plugin can hold up the end


def _bytes(logits: Kept, part: str) -> bytes | None:
    return logits[part].tobytes() if part in logits else None


def encode(outcome: Outcome) -> bytes:
    """Return an outcome as one message: two lines of JSON, then the logits."""
    valid = outcome.valid or b""
    head = [len(outcome.logits or b""), hashlib.sha256(valid).hexdigest()]
    lines = msgspec.json.encode(outcome.record) + b"\n" + msgspec.json.encode(head) + b"\n"
    return lines + (outcome.logits or b"") + valid


def decode(message: bytes, spec: RunSpec) -> Outcome | None:
    """Return the outcome of `spec` that a message holds; None unless it is whole and of that spec.

    The record's hash of its predictions tells whether all test logits are there, and the second
    line whether those of validation rows are; a trial has none.
    """
    line, _, rest = message.partition(b"\n")
    head, _, both = rest.partition(b"\n")
    try:
        record = msgspec.json.decode(line, type=Record)
        length, hash = msgspec.json.decode(head, type=tuple[int, str])
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None
    logits, valid = both[:length], both[length:]
    if hashlib.sha256(valid).hexdigest() != hash:
        return None
    known = hashlib.sha256(logits).hexdigest() if logits else None
    predicts = record.status == "ok" and spec.tests
    if record.spec != spec or record.predictions != known or predicts != bool(known):
        return None
    return Outcome(record, logits or None, valid or None)


def _end_with_parent() -> None:
    """See to it that this process and all that it starts end when the parent does."""
    parent = multiprocessing.parent_process()
    assert parent is not None
    if sys.platform == "linux":
        # The thread below waits for ever for a model that never lets go of the interpreter; the
        # kernel does not: it sends the whole group SIGKILL once the parent's end of a pipe closes.
        with suppress(OSError):
            fcntl.fcntl(parent.sentinel, fcntl.F_SETOWN, -os.getpgrp())
            fcntl.fcntl(parent.sentinel, fcntl.F_SETSIG, signal.SIGKILL)
            flags = fcntl.fcntl(parent.sentinel, fcntl.F_GETFL)
            fcntl.fcntl(parent.sentinel, fcntl.F_SETFL, flags | os.O_ASYNC)

    def watch() -> None:
        parent.join()
        os.killpg(0, signal.SIGKILL)

    threading.Thread(target=watch, daemon=True).start()
