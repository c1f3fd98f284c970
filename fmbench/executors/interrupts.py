"""SIGINT and SIGTERM held back while something must not be left half done."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager

STOPS = (signal.SIGINT, signal.SIGTERM)


@contextmanager
def held() -> Iterator[None]:
    """Let a block finish; the first signal that came meanwhile is delivered after it.

    Masking would not do: the system gives a masked signal to another thread of the process.
    """
    if threading.current_thread() is not threading.main_thread():
        yield  # only the main thread is ever interrupted
        return
    came: list[int] = []
    before = [signal.signal(stop, lambda number, _: came.append(number)) for stop in STOPS]
    try:
        yield
    finally:
        for stop, handler in zip(STOPS, before, strict=True):
            signal.signal(stop, handler)
        if came:
            signal.raise_signal(came[0])
