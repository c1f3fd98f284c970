"""A training that was stopped goes on as if it had not been."""

import hashlib
import os
import pickle
import subprocess
import sys
from collections.abc import Callable
from itertools import cycle
from pathlib import Path
from typing import Any

import msgspec
import pytest
import torch
from safetensors.torch import load_file
from torch import nn

from fmbench import engine
from fmbench.engine.engine import Engine
from fmbench.fields import Field
from fmbench.harness import forget
from fmbench.harness.trainers import fastest
from fmbench.layers import FieldLinear
from fmbench.models import CORE, create_model
from fmbench.spec import RunSpec, TrainSpec
from fmbench.training import checkpoint, tensor_file
from fmbench.training.batches import Rows, Window
from fmbench.training.checkpoint import Checkpoint
from fmbench.training.fit import Fit, fit
from fmbench.training.plain import Plain

FIELDS = [Field("user", 40), Field("movie", 20), Field("genres", 8, width=3)]
EPOCHS = 4
IDENTITY = {"torch": "2.13.0", "cores": 2}


class Stopped(Exception):
    """The process is no more."""


def rows(n: int, seed: int) -> Rows:
    draw = torch.Generator().manual_seed(seed)
    ids = torch.cat(
        [torch.randint(2, f.cardinality, (n, f.width), generator=draw) for f in FIELDS], 1
    )
    return Rows(ids, (torch.rand(n, generator=draw) < 0.3 + 0.4 * (ids[:, 0] > 20)).float())


TRAIN, VALID = rows(600, 1), rows(200, 2)


def spec(optimizer: str) -> TrainSpec:
    return TrainSpec(
        optimizer=optimizer, batch_size=32, max_epochs=EPOCHS, patience=EPOCHS, weight_decay=0.01
    )


def model(name: str) -> nn.Module:
    torch.manual_seed(5)
    return create_model(name, FIELDS)


def kept(folder: Path, name: str, **changed: Any) -> Checkpoint:
    run = RunSpec(name=name, dataset="kmrd-synth", model=name, seed=0)
    return Checkpoint(folder, run, IDENTITY | changed)


@pytest.fixture(params=["plain", "native"])
def path(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setattr(checkpoint, "EVERY", 0.0)
    monkeypatch.setattr(engine, "is_worth_it", lambda *_: request.param == "native")
    monkeypatch.setattr(engine, "LARGE", 0)
    name: str = request.param
    return name


def train(name: str, optimizer: str, keep: Checkpoint | None, stop: int | None = None) -> tuple:
    """Train, to the end or until `stop` epochs are done and the next one has begun."""
    trained, epochs = model(name), []
    source = Watched(TRAIN, epochs, stop)
    result = fit(trained, source, VALID, spec(optimizer), 3, keep, fastest)
    return outcome(trained, result), result


class Watched(Rows):
    """Rows that are taken away in the middle of an epoch."""

    def __init__(self, of: Rows, epochs: list[int], stop: int | None) -> None:
        object.__setattr__(self, "ids", of.ids)
        object.__setattr__(self, "labels", of.labels)
        object.__setattr__(self, "seen", (epochs, stop))

    def shuffled(self, batch: int, generator: torch.Generator) -> Any:
        epochs, stop = self.seen
        for window in super().shuffled(batch, generator):
            yield Window(window.rows, window.order[:320])
            if len(epochs) == stop:
                raise Stopped
            yield Window(window.rows, window.order[320:])
        epochs.append(1)


def outcome(trained: nn.Module, result: Fit) -> tuple[Any, ...]:
    weights = b"".join(t.contiguous().numpy().tobytes() for t in trained.state_dict().values())
    curve = [(e.train_loss, e.tail_loss, e.valid_logloss, e.valid_auc) for e in result.curve]
    return hashlib.sha256(weights).hexdigest(), curve, result.best_epoch, result.path


@pytest.mark.parametrize("optimizer", ["adam", "adamw"])
@pytest.mark.parametrize("name", CORE)
def test_going_on_is_as_never_having_stopped(
    name: str, optimizer: str, path: str, tmp_path: Path
) -> None:
    whole, straight = train(name, optimizer, None)
    assert straight.path == path
    assert straight.resumed_after is None
    for stop in range(1, EPOCHS):
        folder = tmp_path / str(stop)
        with pytest.raises(Stopped):
            train(name, optimizer, kept(folder, name), stop)
        again, resumed = train(name, optimizer, kept(folder, name))
        assert again == whole
        assert resumed.resumed_after == stop
        assert resumed.time_to_best_s > 0


def test_stopped_at_every_epoch(path: str, tmp_path: Path) -> None:
    whole, _ = train("deepfm", "adam", None)
    for _ in range(EPOCHS - 1):
        with pytest.raises(Stopped):
            train("deepfm", "adam", kept(tmp_path, "deepfm"), 1)
    again, resumed = train("deepfm", "adam", kept(tmp_path, "deepfm"))
    assert (again, resumed.resumed_after) == (whole, EPOCHS - 1)


@pytest.mark.parametrize("name", CORE)
@pytest.mark.parametrize("optimizer", ["adam", "adamw"])
@pytest.mark.parametrize("kind", [Plain, Engine])
def test_three_hundred_steps_in_two_parts(name: str, optimizer: str, kind: Any) -> None:
    def trainer() -> Any:
        torch.manual_seed(9)
        args = (model(name), TRAIN, spec(optimizer))
        torch.manual_seed(9)
        return kind(*args, 4) if kind is Engine else kind(*args)

    orders = [torch.randperm(600, generator=torch.Generator().manual_seed(i)) for i in range(16)]
    straight = trainer()
    for order in orders:
        straight.one_pass([Window(TRAIN, order)], 1e-3)
    first = trainer()
    for order in orders[:7]:
        first.one_pass([Window(TRAIN, order)], 1e-3)
    state = {name: tensor.clone() for name, tensor in first.state().items()}
    second = trainer()
    second.restore(state)
    for order in orders[7:]:
        second.one_pass([Window(TRAIN, order)], 1e-3)
    for place, tensor in straight.state().items():
        assert torch.equal(second.state()[place], tensor), place


def a_checkpoint(folder: Path) -> Path:
    with pytest.raises(Stopped):
        train("deepfm", "adam", kept(folder, "deepfm"), 2)
    (file,) = folder.glob("*.json")
    return file


class Evil:
    """Ends the process if it is ever unpickled."""

    def __reduce__(self) -> tuple[Any, ...]:
        return (os._exit, (99,))


def flip(place: int) -> Callable[[bytes], bytes]:
    return lambda file: file[:place] + bytes([file[place] ^ 1]) + file[place + 1 :]


DAMAGE: dict[str, tuple[str, Callable[[bytes], bytes]]] = {
    "empty JSON": ("json", lambda file: b""),
    "half JSON": ("json", lambda file: file[: len(file) // 2]),
    "flipped JSON": ("json", flip(200)),
    "deep JSON": ("json", lambda file: b"[" * 100_000),
    "pickled JSON": ("json", lambda file: pickle.dumps(Evil())),
    "other numbers": ("json", lambda file: file.replace(b'"best_epoch":', b'"best_epoch":1')),
    "empty tensors": ("safetensors", lambda file: b""),
    "half tensors": ("safetensors", lambda file: file[: len(file) // 2]),
    "flipped header": ("safetensors", flip(12)),
    "flipped tensors": ("safetensors", lambda file: flip(len(file) - 40)(file)),
    "pickled tensors": ("safetensors", lambda file: pickle.dumps(Evil())),
    "huge header": ("safetensors", lambda file: (1 << 60).to_bytes(8, "little") + file[8:]),
}


@pytest.mark.parametrize("case", DAMAGE)
def test_a_damaged_checkpoint_is_left_unused(case: str, path: str, tmp_path: Path) -> None:
    end, damage = DAMAGE[case]
    a_checkpoint(tmp_path)
    (file,) = tmp_path.glob(f"*.{end}")
    file.write_bytes(damage(file.read_bytes()))
    assert train("deepfm", "adam", kept(tmp_path, "deepfm"))[1].resumed_after is None


def test_a_sealed_checkpoint_of_another_model_is_left_unused(
    path: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Somebody who can write hashes wrote it: nothing of it is used, and nothing breaks."""
    a_checkpoint(tmp_path)
    keep = kept(tmp_path, "deepfm")
    whole, _ = train("fm", "adam", None)
    with caplog.at_level(1, "fmbench"):
        again, resumed = train("fm", "adam", keep)
    assert (again, resumed.resumed_after) == (whole, None)
    assert "it is of another model" in caplog.text


SEALED: dict[str, Callable[[dict[str, Any], dict[str, torch.Tensor]], object]] = {
    "best epoch that is none": lambda state, tensors: state.update(best_epoch=99),
    "best epoch before all": lambda state, tensors: state.update(best_epoch=-5),
    "no epochs": lambda state, tensors: state.update(curve=[]),
    "order of another kind": lambda state, tensors: tensors.update(order=torch.zeros(3)),
    "no order": lambda state, tensors: tensors.pop("order"),
    "steps before the first": lambda state, tensors: tensors.update(
        {name: torch.tensor(-1_000_000) for name in tensors if name.endswith(".steps")}
    ) or tensors.pop("trainer.optimizer.0.exp_avg", None),
    "a tensor of its own": lambda state, tensors: tensors.update(other=torch.zeros(3)),
}  # fmt: skip


@pytest.mark.parametrize("case", SEALED)
def test_a_hostile_checkpoint_with_right_hashes_is_left_unused(
    case: str, path: str, tmp_path: Path
) -> None:
    a_checkpoint(tmp_path)
    keep = kept(tmp_path, "deepfm")
    found = keep.load(path=path)
    assert found is not None
    state, tensors = msgspec.to_builtins(found[0]), found[1]
    SEALED[case](state, tensors)
    for file in tmp_path.iterdir():
        file.unlink()
    state = msgspec.convert(state, checkpoint.State)
    keep.save(
        tensors, path=path, curve=state.curve, best_epoch=state.best_epoch,
        time_to_best_s=1.0, elapsed_s=2.0,
    )  # fmt: skip
    whole, _ = train("deepfm", "adam", None)
    again, resumed = train("deepfm", "adam", kept(tmp_path, "deepfm"))
    assert (again, resumed.resumed_after) == (whole, None)


class Tied(nn.Module):
    """Has one layer under two names, and a buffer that is saved nowhere but changes."""

    def __init__(self) -> None:
        super().__init__()
        self.one = FieldLinear(FIELDS)
        self.other = self.one
        self.register_buffer("seen", torch.zeros(()), persistent=False)

    def forward(self, ids: torch.Tensor) -> torch.Tensor:
        if self.training:
            self.seen = self.seen + 1
        return self.one(ids) * (1 + 0.1 * self.seen)


def test_a_model_that_ties_weights_and_changes_a_buffer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(checkpoint, "EVERY", 0.0)
    monkeypatch.setitem(globals(), "model", lambda name: Tied())
    whole, _ = train("tied", "adam", None)
    with pytest.raises(Stopped):
        train("tied", "adam", kept(tmp_path, "tied"), 2)
    again, resumed = train("tied", "adam", kept(tmp_path, "tied"))
    assert (again, resumed.resumed_after) == (whole, 2)


@pytest.mark.parametrize("what", ["torch", "cores"])
def test_a_checkpoint_of_another_environment_is_left_unused(
    what: str, path: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    a_checkpoint(tmp_path)
    with caplog.at_level(1, "fmbench"):
        result = train("deepfm", "adam", kept(tmp_path, "deepfm", **{what: 9}))[1]
    assert result.resumed_after is None
    assert f"it is of another {what}" in caplog.text


def test_a_disk_that_is_full_costs_the_checkpoint_and_not_the_training(
    path: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    whole, _ = train("fm", "adam", None)
    monkeypatch.setattr("fmbench.files.os.fsync", full)
    assert train("fm", "adam", kept(tmp_path, "fm"))[0] == whole
    assert list(tmp_path.glob("*.json")) == []


def test_one_checkpoint_is_there_at_a_time_and_none_after_the_record(
    path: str, tmp_path: Path
) -> None:
    train("deepfm", "adam", kept(tmp_path, "deepfm"))
    train("fm", "adam", kept(tmp_path, "fm"))
    assert len(list(tmp_path.iterdir())) == 4
    forget(tmp_path, RunSpec(name="fm", dataset="kmrd-synth", model="fm", seed=0))
    assert {path.name.split("-")[0] for path in tmp_path.iterdir()} == {"deepfm"}


def peak(*args: str | Path) -> float:
    """Return the peak of memory of a process that trains, in MiB."""
    script = Path(__file__).with_name("peak.py")
    done = subprocess.run(
        [sys.executable, script, *args], capture_output=True, text=True, timeout=300
    )
    assert done.returncode == 0, done.stderr
    return float(done.stdout)


@pytest.mark.parametrize("kind", ["plain", "native"])
def test_a_checkpoint_takes_hardly_any_memory(kind: str, tmp_path: Path) -> None:
    """Peak memory is a metric: it may not hang on how long a cell takes."""
    none, kept, resumed = (peak(kind, mode, tmp_path) for mode in ("none", "kept", "resumed"))
    assert kept < 1.1 * none
    assert resumed < 1.1 * none


def test_what_is_written_is_a_file_of_safetensors(tmp_path: Path) -> None:
    tensors = {
        str(dtype): torch.zeros(shape, dtype=dtype)
        for dtype, shape in zip(
            tensor_file.NAMES, cycle([(3,), (), (0, 2), (2, 3, 1)]), strict=False
        )
    } | {"turned": torch.arange(6.0).reshape(2, 3).T, "other": torch.arange(3)}
    path = tmp_path / "x.safetensors"
    path.write_bytes(b"".join(tensor_file.parts(tensors)))
    with path.open("rb") as file:
        again = tensor_file.read(file)
    for found in (again, load_file(path)):
        assert found.keys() == tensors.keys()
        for name, tensor in tensors.items():
            assert (found[name].dtype, found[name].shape) == (tensor.dtype, tensor.shape)
            assert torch.equal(found[name], tensor)


HEADERS: dict[str, str] = {
    "type": '{"x":{"dtype":"F99","shape":[2],"data_offsets":[0,8]}}',
    "shape": '{"x":{"dtype":"F32","shape":[3],"data_offsets":[0,8]}}',
    "shape below zero": '{"x":{"dtype":"F32","shape":[-2],"data_offsets":[0,8]}}',
    "end before the file's": '{"x":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}',
    "end behind the file's": '{"x":{"dtype":"F32","shape":[99],"data_offsets":[0,396]}}',
    "gap": '{"x":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}',
    "no table": "[1]",
    "huge and empty": '{"x":{"dtype":"F32","shape":[0,99999999999999,99999999999999],'
    '"data_offsets":[0,0]}}',
}


@pytest.mark.parametrize("case", HEADERS)
def test_a_header_that_does_not_fit_is_refused(case: str, tmp_path: Path) -> None:
    text = HEADERS[case].encode()
    path = tmp_path / "x"
    path.write_bytes(len(text).to_bytes(8, "little") + text + bytes(8))
    with path.open("rb") as file, pytest.raises((ValueError, RuntimeError)):
        tensor_file.read(file)


def test_a_model_whose_numbers_the_format_does_not_have_is_trained_without(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    keep = kept(tmp_path, "fm")
    keep.save(
        {"x": torch.zeros(2, dtype=torch.complex128)}, path="plain", curve=[], best_epoch=0,
        time_to_best_s=1.0, elapsed_s=2.0,
    )  # fmt: skip
    assert list(tmp_path.iterdir()) == []
    assert "no type for torch.complex128" in caplog.text


def test_short_trainings_write_none(tmp_path: Path) -> None:
    train("fm", "adam", kept(tmp_path, "fm"))
    assert list(tmp_path.iterdir()) == []
