"""How compare.py and a peer's process talk: a JSON object a line, a job in, an outcome out.

Both sides import this file, each in an environment of its own; it needs NumPy and nothing else.
"""

import contextlib
import json
import math
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path
from types import TracebackType
from typing import Any, NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

EMBED_DIM = 16
MLP_DIMS = (16, 16)
DROPOUT = 0.2
LEARNING_RATE = 1e-3
WARM_UP_STEPS = 10
SCORED_ROWS = 16_384
"""How many of the rows trained on the loss is taken of, at most."""


class PeerError(Exception):
    """A peer's process ended, or could not do its job."""


class Shape(NamedTuple):
    """What a model is built to."""

    embed_dim: int = EMBED_DIM
    mlp_dims: tuple[int, ...] = MLP_DIMS
    dropout: float = DROPOUT
    batch_norm: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """One measurement: this many steps, from a fresh start."""

    mode: str
    """`as_used`: the peer's own loader and loop; `bare`: its step alone, fed from memory."""
    model: str
    batch_size: int
    steps: int
    seed: int
    """Of initialisation, row order and dropout."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a job."""

    rows_per_s: float
    loss: float
    """Mean logloss in nats after training, dropout off, over rows trained on."""


class Rows(NamedTuple):
    """Encoded rows in the order of a job."""

    ids: NDArray[np.int64]
    """`(rows, fields)`, each column counted within its own field."""
    labels: NDArray[np.float32]
    """`(rows,)`, 0 or 1."""


@dataclass(frozen=True, slots=True)
class Trainee:
    """A model of a peer, built and fed, with its clock still to start."""

    train: Callable[[], float]
    """Take all steps of the job; return the seconds they took."""
    predict: Callable[[NDArray[np.int64]], NDArray[np.floating[Any]]]
    """Ids to chances of a one, `(rows,)`, with dropout off."""


Build = Callable[[Job, Rows, Sequence[int]], Trainee]
"""From a job, its rows and the cardinality of each field."""


Handle = Callable[[dict[str, Any]], Mapping[str, Any]]
"""From a question to its answer."""


def converse(open_up: Callable[[dict[str, Any]], Handle], packages: Sequence[str]) -> None:
    """Answer the lines on stdin until it closes; the body of every peer's file.

    Args:
        open_up: From the first line to what answers all others.
        packages: What the peer consists of; their versions answer the first line.
    """
    # A library that prints must not print among the answers.
    with os.fdopen(os.dup(1), "w") as answers:
        os.dup2(2, 1)

        def answer(content: Mapping[str, Any]) -> None:
            answers.write(json.dumps(content) + "\n")
            answers.flush()

        handle = open_up(json.loads(sys.stdin.readline()))
        answer({name: version(name) for name in packages})
        for line in sys.stdin:
            answer(handle(json.loads(line)))


def serve(build: Build, start: Callable[[int], None], packages: Sequence[str]) -> None:
    """Answer with the outcomes of jobs.

    Args:
        build: Makes a job's model.
        start: Called once with the number of threads.
        packages: What the peer consists of; their versions go into the result.
    """

    def open_up(hello: dict[str, Any]) -> Handle:
        start(hello["threads"])
        ids = np.load(hello["ids"]).astype(np.int64)
        labels = np.load(hello["labels"]).astype(np.float32)
        warm = set()

        def handle(question: dict[str, Any]) -> dict[str, float]:
            job = Job(**question)
            shape = (job.mode, job.model, job.batch_size)
            if shape not in warm:
                few = Job(**{**asdict(job), "steps": min(job.steps, WARM_UP_STEPS)})
                build(few, draw(ids, labels, few), hello["sizes"]).train()
                warm.add(shape)
            return asdict(_measure(build, job, draw(ids, labels, job), hello["sizes"]))

        return handle

    converse(open_up, packages)


def draw(ids: NDArray[np.int64], labels: NDArray[np.float32], job: Job) -> Rows:
    """Return the rows of a job: which rows is the same for every seed, their order is not."""
    needed = job.steps * job.batch_size
    passes = math.ceil(needed / len(labels))
    which = np.tile(np.random.default_rng(0).permutation(len(labels)), passes)[:needed]
    which = np.random.default_rng(job.seed).permutation(which)
    return Rows(ids[which], labels[which])


def _measure(build: Build, job: Job, rows: Rows, sizes: Sequence[int]) -> Outcome:
    trainee = build(job, rows, sizes)
    seconds = trainee.train()
    # In the order of no seed, so that all seeds and all peers are scored on one set of rows.
    scored = np.lexsort((rows.labels, *rows.ids.T))
    scored = scored[:: math.ceil(len(scored) / SCORED_ROWS)]
    chances = np.asarray(trainee.predict(rows.ids[scored]), dtype=np.float64)
    hit = np.where(rows.labels[scored] > 0, chances, 1 - chances)
    loss = float(-np.log(hit.clip(1e-7)).mean())
    return Outcome(rows_per_s=len(rows.labels) / seconds, loss=loss)


class Peer:
    """A peer's process, from compare.py's side.

    Raises:
        PeerError: The process ended before it answered; the message holds its last words.
    """

    def __init__(self, name: str, python: Path, script: Path, threads: int) -> None:
        self.name = name
        counts = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS")
        self._log = tempfile.TemporaryFile("w+", errors="replace")  # noqa: SIM115 (see __exit__)
        self._process = subprocess.Popen(
            [python, script],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._log,
            text=True,
            env={**os.environ, **dict.fromkeys(counts, str(threads))},
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        tb: TracebackType | None,
    ) -> None:
        if error is not None:
            self._process.kill()
        with self._log, self._process, contextlib.suppress(BrokenPipeError):
            self._process.stdin.close()

    def ask(self, question: Mapping[str, Any]) -> dict[str, Any]:
        """Send one line, wait for one line."""
        try:
            self._process.stdin.write(json.dumps(question) + "\n")
            self._process.stdin.flush()
        except BrokenPipeError:
            pass  # it has ended, and its log says why
        line = self._process.stdout.readline()
        while line and not line.startswith("{"):  # printed by a library while it was imported
            line = self._process.stdout.readline()
        if not line:
            self._process.wait()  # until then its traceback may not be there
            self._log.seek(0)
            words = self._log.read().strip().splitlines()
            raise PeerError(f"{self.name} ended: {words[-1] if words else 'without a word'}")
        return json.loads(line)

    def run(self, job: Job) -> Outcome:
        """Have one measurement made."""
        return Outcome(**self.ask(asdict(job)))
