"""What a model shares with the rest of its process, and must leave as it finds it."""

import random
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import torch


def settings() -> dict[str, Any]:
    """Return torch's settings and where other people's random numbers stand."""
    return {
        "default dtype": torch.get_default_dtype(),
        "threads": torch.get_num_threads(),
        "gradients": torch.is_grad_enabled(),
        "deterministic algorithms": torch.are_deterministic_algorithms_enabled(),
        "random": random.getstate(),
        "numpy.random": repr(np.random.get_state()),  # 624 numbers: printed in full
    }


@contextmanager
def put_back() -> Iterator[None]:
    """Put everything back afterwards, torch's random numbers too."""
    before, arrays = settings(), np.random.get_state()
    try:
        with torch.random.fork_rng(devices=[]):
            yield
    finally:
        torch.set_default_dtype(before["default dtype"])
        torch.set_num_threads(before["threads"])
        torch.set_grad_enabled(before["gradients"])
        torch.use_deterministic_algorithms(before["deterministic algorithms"])
        random.setstate(before["random"])
        np.random.set_state(arrays)
