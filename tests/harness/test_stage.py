"""A model that starts from another: what is trained first, and that its time counts."""

from collections.abc import Callable
from itertools import count

import pytest
import torch
from msgspec.structs import replace
from torch import nn

import fmbench.harness.train as room
from fmbench.data import Where, load
from fmbench.harness import Setting, procedures, resolve, run
from fmbench.models import create_model
from fmbench.spec import RunSpec, TrainSpec
from fmbench.training.fit import Fit

STAGE = 100.0
"""Seconds that a first stage takes by the clock of a test."""


@pytest.fixture
def staged() -> RunSpec:
    spec = RunSpec(
        name="fnn",
        dataset="kmrd-synth",
        dataset_args={"rows": 2000},
        model="fnn",
        train=TrainSpec(max_epochs=2),
        seed=3,
    )
    return resolve(spec, Where())


def only_fm(fit: Callable[..., Fit]) -> Callable[..., Fit]:
    """Return what trains an FM and leaves any other model as it was."""

    def trained(model: nn.Module, *args: object) -> Fit:
        kept = {name: value.clone() for name, value in model.state_dict().items()}
        done = fit(model, *args)
        if hasattr(model, "mlp"):
            model.load_state_dict(kept)
        return done

    return trained


def test_fnn_starts_from_the_fm_of_its_seed_and_settings(
    staged: RunSpec, monkeypatch: pytest.MonkeyPatch
) -> None:
    dataset = load(staged.dataset, staged.dataset_args, Where())
    alone = resolve(replace(staged, name="fm", model="fm", model_args={}), Where())
    fm = room.train(alone, dataset, Setting()).model
    monkeypatch.setattr(procedures, "fit", only_fm(procedures.fit))
    fnn = room.train(staged, dataset, Setting()).model
    assert torch.equal(fnn.terms.table.weight, fm.linear.table.weight)
    assert torch.equal(fnn.embedding.weight, fm.embedding.weight)
    assert torch.equal(fnn.mlp.output.bias, fm.linear.bias[None])


def test_without_a_first_stage_fnn_is_another_case(staged: RunSpec) -> None:
    args = {**staged.model_args, "pretrained": False}
    cold = resolve(replace(staged, model_args=args), Where())
    assert cold.case != staged.case
    records = [run(spec) for spec in (staged, cold)]
    assert [record.status for record in records] == ["ok", "ok"]
    assert records[0].predictions != records[1].predictions
    assert create_model("fnn", load("kmrd-synth", {}, Where()).fields, **args).first_stage() is None


def test_the_time_of_the_first_stage_counts(
    staged: RunSpec, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = count(0.0, STAGE)
    monkeypatch.setattr(room, "now", lambda device: next(clock))
    record = run(staged)
    assert record.time_to_best_s > STAGE
    assert sum(epoch.seconds for epoch in record.curve) > STAGE
    rows = record.audit["parts"]["train"]["rows"]
    rates = record.samples["train_samples_per_s"]
    found = [rate * epoch.seconds for rate, epoch in zip(rates, record.curve, strict=True)]
    assert found == pytest.approx([rows, rows])
