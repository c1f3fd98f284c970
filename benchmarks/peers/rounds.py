"""The measuring: each peer in turn with fmbench, round after round, until the time is used up."""

import os
import random
import sys
import time
from collections.abc import Mapping

from protocol import Job, Peer
from result import Pairs, Result

LEAST_ROUNDS = 5
"""Fewer seeds leave too much to chance for a difference of losses to be told from noise."""


def measure(
    result: Result,
    steps: Mapping[int, int],
    fmbench: Peer,
    peers: Mapping[str, Peer],
    seconds: float,
) -> None:
    """Add a measurement to every pair of `result` in each round.

    No round is begun, but for the first few, that would end after `seconds`.

    Raises:
        PeerError: A process ended.
    """
    begin = time.monotonic()
    longest = 0.0
    rounds = 0
    while rounds < LEAST_ROUNDS or time.monotonic() - begin + longest <= seconds:
        start = time.monotonic()
        chance = random.Random(rounds)
        for pairs in chance.sample(result.pairs, len(result.pairs)):
            job = Job(
                mode=pairs.mode,
                model=pairs.model,
                batch_size=pairs.batch_size,
                steps=steps[pairs.batch_size],
                seed=rounds,
            )
            _add(pairs, job, fmbench, peers[pairs.peer], fmbench_first=chance.random() < 0.5)
        took = time.monotonic() - start
        longest = max(longest, took)
        rounds += 1
        result.load.append(round(os.getloadavg()[0], 2))
        print(f"round {rounds}: {took:.0f} s, load {result.load[-1]}", file=sys.stderr)


def _add(pairs: Pairs, job: Job, fmbench: Peer, peer: Peer, *, fmbench_first: bool) -> None:
    if fmbench_first:
        ours, theirs = fmbench.run(job), peer.run(job)
    else:
        theirs, ours = peer.run(job), fmbench.run(job)
    pairs.rows_per_s.append(round(theirs.rows_per_s, 1))
    pairs.loss.append(round(theirs.loss, 6))
    pairs.fmbench_rows_per_s.append(round(ours.rows_per_s, 1))
    pairs.fmbench_loss.append(round(ours.loss, 6))
