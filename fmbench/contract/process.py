"""What a model shares with the rest of its process, and must leave as it finds it."""

import ctypes
import os
import random
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import torch

COMPUTING = (
    *("OMP_", "MKL_", "OPENBLAS_", "NUMBA_", "NUMEXPR_", "CUDA_", "CUBLAS_"),
    *("PYTORCH_", "TORCH_", "TORCHINDUCTOR_", "ATEN_", "PYTHON", "FMBENCH_"),
)
"""Variables of the environment that say how the processes started after it compute."""


def settings() -> dict[str, Any]:
    """Return torch's settings, the environment's, and where other people's random numbers stand."""
    return {
        "default dtype": torch.get_default_dtype(),
        "default device": torch.get_default_device(),
        "threads": torch.get_num_threads(),
        "gradients": torch.is_grad_enabled(),
        "deterministic algorithms": torch.are_deterministic_algorithms_enabled(),
        "matmul precision": torch.get_float32_matmul_precision(),
        "environment": {k: v for k, v in os.environ.items() if k.startswith(COMPUTING)},
        "working folder": Path.cwd(),
        "random": random.getstate(),
        "numpy.random": repr(np.random.get_state()),  # 624 numbers: printed in full
    }


def changed(before: dict[str, Any]) -> str:
    """Name the settings that are no longer what they were; empty if all are."""
    return ", ".join(key for key, value in settings().items() if value != before[key])


@contextmanager
def put_back() -> Iterator[None]:
    """Put everything back afterwards, torch's random numbers too."""
    before, arrays = settings(), np.random.get_state()
    try:
        with torch.random.fork_rng(devices=[]):
            yield
    finally:
        torch.set_default_dtype(before["default dtype"])
        if torch.get_default_device() != before["default device"]:
            torch.set_default_device(before["default device"])
        torch.set_num_threads(before["threads"])
        torch.set_grad_enabled(before["gradients"])
        torch.use_deterministic_algorithms(before["deterministic algorithms"])
        torch.set_float32_matmul_precision(before["matmul precision"])
        for key in settings()["environment"]:
            del os.environ[key]
        os.environ.update(before["environment"])
        os.chdir(before["working folder"])
        random.setstate(before["random"])
        np.random.set_state(arrays)


@contextmanager
def printing_to(file: int) -> Iterator[None]:
    """Let what is printed below Python, to file descriptor 1, go to another file meanwhile."""
    if sys.__stdout__ is None:  # closed: what has the number by now is another's file
        yield
        return
    _flush()
    out = os.dup(1)
    os.dup2(file, 1)
    try:
        yield
    finally:
        _flush()
        os.dup2(out, 1)
        os.close(out)


def _flush() -> None:
    """Write what Python and C still hold of standard output, so that it goes where it was meant."""
    for stream in (sys.stdout, sys.__stdout__):
        if stream is not None and not stream.closed:
            stream.flush()
    ctypes.CDLL(None).fflush(None)
