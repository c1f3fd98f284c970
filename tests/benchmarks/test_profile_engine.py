"""The profile of the engine: its steps are the engine's own, and each is accounted for."""

import importlib
from pathlib import Path

import numpy as np
import pytest
import torch

from fmbench.engine.engine import Engine
from fmbench.engine.kernels.tables import catch_up_all
from fmbench.fields import Field
from fmbench.models import create_model
from fmbench.spec import TrainSpec
from fmbench.training.batches import Rows, Window

FIELDS = (Field("user", 40), Field("movie", 12))


@pytest.fixture
def profile(monkeypatch):
    monkeypatch.syspath_prepend(Path(__file__).parents[2] / "benchmarks")
    module = importlib.import_module("profile_engine")
    # In Python, on the engine's compiled kernels: compiling these would take longer than the test.
    for name in ("mark", "catch_up_batch", "profiled"):
        monkeypatch.setattr(module, name, getattr(module, name).py_func)
    return module


def engine() -> Engine:
    draw = torch.Generator().manual_seed(0)
    ids = torch.stack([torch.randint(2, f.cardinality, (320,), generator=draw) for f in FIELDS], 1)
    rows = Rows(ids, (ids[:, 0] > 20).float())
    torch.manual_seed(0)
    # Dropout's mask depends on an instruction's place, and the profile runs them one at a time.
    model = create_model("deepfm", FIELDS, embed_dim=4, mlp_dims=(8,), dropout=0.0, batch_norm=True)
    return Engine(model, rows, TrainSpec(batch_size=16), key=0)


def test_a_profiled_step_is_a_step_of_the_engine(profile):
    whole, parts = engine(), engine()
    order = np.arange(320)
    whole.one_pass([Window(whole.rows, torch.from_numpy(order))], whole.spec.lr)
    program = parts.programs[16]
    spent = np.zeros(len(profile.PARTS) + len(program.code) + 1, np.int64)
    shared = (program, parts.memory, parts.scratch, parts.table, parts.data, parts.batch)
    profile.profiled(*shared, order, 0, parts.adam, parts.key, spent)
    catch_up_all(parts.table, 20, parts.adam)
    np.testing.assert_allclose(parts.table.state, whole.table.state, rtol=1e-5, atol=1e-7)
    learnt = slice(0, program.parameters)
    np.testing.assert_allclose(parts.memory[learnt], whole.memory[learnt], rtol=1e-5, atol=1e-7)
    assert (spent > 0).all()
