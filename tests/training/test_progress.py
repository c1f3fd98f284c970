"""The best epoch is put back whole, or the cell says that it was not."""

import math
import re
from pathlib import Path

import msgspec
import pytest
import torch
from few_rows import FIELDS, rows
from torch import Tensor, nn

from fmbench.fields import Field
from fmbench.harness import Setting, run
from fmbench.layers import FieldLinear
from fmbench.models import MODELS, register_model
from fmbench.record import Record
from fmbench.spec import RunSpec, TrainSpec
from fmbench.training import checkpoint
from fmbench.training.checkpoint import Checkpoint
from fmbench.training.fit import fit


class Centred(nn.Module):
    """Takes a running mean of its logits off them; where it keeps that, its kinds differ in."""

    def __init__(self, fields: list[Field]) -> None:
        super().__init__()
        self.linear = FieldLinear(fields)

    def forward(self, ids: Tensor) -> Tensor:
        logits: Tensor = self.linear(ids)
        if self.training:
            self.centre = 0.9 * self.centre + 0.5 * logits.detach().mean()
        return logits - self.centre


class InABuffer(Centred):
    def __init__(self, fields: list[Field]) -> None:
        super().__init__(fields)
        self.register_buffer("centre", torch.zeros(()), persistent=False)


class InPython(Centred):
    def __init__(self, fields: list[Field]) -> None:
        super().__init__(fields)
        self.centre = 0.0


class Random(Centred):
    """Tosses coins where it is asked for scores."""

    def forward(self, ids: Tensor) -> Tensor:
        logits: Tensor = self.linear(ids)
        return logits if self.training else logits + 0.3 * torch.randn(len(ids))


def record(kind: type[nn.Module], spec: RunSpec, monkeypatch: pytest.MonkeyPatch) -> Record:
    """Run a cell of the model, which learns too fast to get better for long."""
    monkeypatch.setattr(MODELS, "_entries", dict(MODELS._entries))
    register_model("centred", paper="none", year=2026)(kind)
    loose = TrainSpec(max_epochs=6, patience=6, lr=0.2, l2_linear=0)
    return run(
        msgspec.structs.replace(spec, model="centred", model_args={}, train=loose), Setting()
    )


def test_a_buffer_that_is_saved_nowhere_is_put_back(
    spec: RunSpec, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = record(InABuffer, spec, monkeypatch)
    assert (found.status, found.reason) == ("ok", None)
    assert found.best_epoch is not None
    assert found.best_epoch < len(found.curve) - 1
    best = found.curve[found.best_epoch].valid_logloss
    assert math.isclose(found.metrics["valid"]["logloss"] or 0, best, rel_tol=1e-7)


@pytest.mark.parametrize("kind", [InPython, Random])
def test_a_model_that_cannot_be_put_back_is_an_error_that_says_what_to_mend(
    kind: type[nn.Module], spec: RunSpec, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = record(kind, spec, monkeypatch)
    assert (found.status, found.metrics) == ("error", {})
    said = r"validation logloss is [\d.]+ with the best epoch's state put back; expected 0[\d.]+,"
    assert re.search(said, str(found.reason))
    assert "register_buffer" in str(found.reason)


@pytest.mark.parametrize(("kind", "resumes"), [(InABuffer, True), (InPython, False)])
def test_what_no_checkpoint_holds_begins_anew(
    kind: type[nn.Module], resumes: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(checkpoint, "EVERY", 0.0)
    spec = RunSpec(name="centred", dataset="kmrd-synth", model="centred", seed=0)
    curves = []
    for epochs in (2, 4):
        keep = Checkpoint(tmp_path, spec, {})
        torch.manual_seed(1)
        train = TrainSpec(batch_size=32, max_epochs=epochs, patience=9)
        fitted = fit(kind(FIELDS), rows(200), rows(90, seed=1), train, 0, keep)
        curves.append([epoch.valid_logloss for epoch in fitted.curve])
    assert fitted.resumed_after == (2 if resumes else None)
    torch.manual_seed(1)
    whole = fit(kind(FIELDS), rows(200), rows(90, seed=1), train, 0)
    assert curves[1] == [epoch.valid_logloss for epoch in whole.curve]
