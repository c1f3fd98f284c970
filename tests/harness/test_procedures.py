"""What fits a model is asked for by the harness, and told in records and tables."""

import pytest

from fmbench.data import Where
from fmbench.errors import UsageError
from fmbench.harness import resolve, run
from fmbench.harness.procedures import PROCEDURES, procedure_of
from fmbench.models import MODELS, is_by_gradient, register_model
from fmbench.record import Epoch, Record
from fmbench.report import show
from fmbench.spec import RunSpec, TrainSpec


@pytest.fixture(scope="module")
def drawn() -> Record:
    options = {"rows": 1000}
    spec = RunSpec(name="b", dataset="kmrd-synth", dataset_args=options, model="bayesian_fm")
    return run(resolve(spec, Where()))


def test_every_model_has_a_procedure() -> None:
    assert {procedure_of(name) for name in MODELS} == set(PROCEDURES.values())
    assert [name for name in MODELS if not is_by_gradient(name)] == ["bayesian_fm"]


def test_a_procedure_that_is_not_known_is_refused() -> None:
    with pytest.raises(UsageError, match=r"^model 'mine' is fitted by 'magic'; expected "):
        register_model("mine", paper="none", year=2026, procedure="magic")  # type: ignore[arg-type]
    assert "mine" not in MODELS


def test_settings_of_gradient_descent_are_no_other_case() -> None:
    spec = RunSpec(name="b", dataset="kmrd-synth", model="bayesian_fm")
    other = RunSpec(name="b", dataset="kmrd-synth", model="bayesian_fm", train=TrainSpec(lr=0.1))
    assert resolve(spec, Where()).case == resolve(other, Where()).case


def test_a_record_tells_of_rounds(drawn: Record) -> None:
    assert (drawn.status, drawn.reason) == ("ok", None)
    losses = [epoch.valid_logloss for epoch in drawn.curve]
    assert drawn.best_epoch is not None
    assert losses[drawn.best_epoch] == min(losses)
    assert [epoch.passes for epoch in drawn.curve] == [128, 128, 256][: len(losses)]
    assert drawn.environment["engine"] == "gibbs"
    rows = drawn.audit["parts"]["train"]["rows"]
    speed = [rows * epoch.passes / epoch.seconds for epoch in drawn.curve]
    assert drawn.samples["train_samples_per_s"] == pytest.approx(speed)


def test_a_table_tells_how_it_was_fitted(drawn: Record) -> None:
    said = show([drawn], "md")
    assert " ".join(f"b is fitted by {drawn.environment['procedure']}".split()) in " ".join(
        said.split()
    )


def test_one_pass_is_not_written_into_an_epoch() -> None:
    import msgspec

    facts = {"train_loss": 0.5, "tail_loss": 0.5, "valid_logloss": 0.5, "valid_auc": 0.5}
    epoch = Epoch(**facts, seconds=1.0)
    assert b"passes" not in msgspec.json.encode(epoch)
    assert msgspec.json.decode(msgspec.json.encode(epoch), type=Epoch) == epoch
