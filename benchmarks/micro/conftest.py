"""Measure, and hold every time against what this machine can do.

    pytest benchmarks/micro

Each benchmark says how many bytes it must move (every input read once, every output written once)
and how many floating point operations its formula takes. The machine's limits are measured in the
same session, on the same one thread: bytes a second of a copy between arrays too large for any
cache, and operations a second of a product of two large float32 matrices. No program that gets its
data from main memory takes less than bytes / bandwidth, or than operations / rate: the larger of
the two, over the median, is its share of the limit. 1 is the best that can be. A share above 1
means that the data came from a cache, which is faster than memory: what is read again and again,
as here, stays there as long as it fits. A small share at a small batch is the cost of calls, not of
work. A kernel of the engine pays some microseconds when it is called from Python, as here; training
calls one kernel for many steps.
"""

import time
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from typing import Any, NamedTuple

import numpy as np
import pytest
import threadpoolctl

from fmbench.training.device import prepare


class Limits(NamedTuple):
    """What one thread of this machine can do, a second."""

    bytes: float
    operations: float


class Line(NamedTuple):
    """One measured benchmark."""

    name: str
    median: float
    """Seconds."""
    bytes: float
    operations: float


LINES = pytest.StashKey[list[Line]]()
LIMITS = pytest.StashKey[Limits]()


@pytest.fixture(scope="session", autouse=True)
def one_thread() -> Iterator[None]:
    """Set the process up as a cell's is."""
    prepare("cpu", 1)
    with threadpoolctl.threadpool_limits(1, user_api="blas"):
        yield


def least_time(calls: Iterable[Callable[[], object]]) -> float:
    """Return the seconds of the quickest call."""
    taken = []
    for call in calls:
        begin = time.perf_counter()
        call()
        taken.append(time.perf_counter() - begin)
    return min(taken)


@pytest.fixture(scope="session")
def limits(one_thread: None) -> Limits:
    """Measure the limits in pieces under a millisecond, so that some are not interrupted.

    Pieces of 4 MiB out of 128 MiB, each copied once a pass, and products of 256 x 256 matrices.
    """
    source = np.ones((32, 1 << 20), np.float32)
    target = np.zeros_like(source)
    left = np.ones((256, 256), np.float32)
    out = np.empty_like(left)
    pieces = [partial(np.copyto, t, s) for s, t in zip(source, target, strict=True)]
    products = [partial(np.dot, left, left, out)] * 300
    return Limits(2 * source[0].nbytes / least_time(pieces * 5), 2 * 256**3 / least_time(products))


@pytest.fixture
def measure(benchmark: Any, request: pytest.FixtureRequest) -> Callable[..., Any]:
    """Return what times a call, given the bytes and operations it stands for."""

    def timed(function: Callable[..., Any], *args: Any, moves: float, operations: float) -> Any:
        if benchmark.enabled:
            function(*args)  # what loads or compiles a kernel would pass for a slow call
        result = benchmark(function, *args)
        benchmark.extra_info.update(bytes=moves, operations=operations)
        if benchmark.enabled:
            limits = request.getfixturevalue("limits")
            benchmark.extra_info["limits"] = limits._asdict()
            stash = request.config.stash
            stash[LIMITS] = limits
            line = Line(request.node.name, benchmark.stats.stats.median, moves, operations)
            stash.setdefault(LINES, []).append(line)
        return result

    return timed


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    """Print each benchmark's share of the limit."""
    lines = config.stash.get(LINES, [])
    if not lines:
        return
    limits = config.stash[LIMITS]
    write = terminalreporter.write_line
    terminalreporter.section("share of the limit")
    write(f"copy {limits.bytes / 1e9:.1f} GB/s, sgemm {limits.operations / 1e9:.1f} GFLOP/s")
    write(f"{'':<44}{'median µs':>12}{'GB/s':>10}{'GFLOP/s':>10}{'share':>8}  limit")
    for line in lines:
        least = {
            "bandwidth": line.bytes / limits.bytes,
            "arithmetic": line.operations / limits.operations,
        }
        limit = max(least, key=lambda name: least[name])
        write(
            f"{line.name.removeprefix('test_'):<44}{line.median * 1e6:12,.1f}"
            f"{line.bytes / line.median / 1e9:10.2f}{line.operations / line.median / 1e9:10.2f}"
            f"{least[limit] / line.median:8.3f}  {limit}"
        )
