"""run: a spec goes in, a whole record comes out, whatever happens."""

import dataclasses
import hashlib
from pathlib import Path

import msgspec
import numpy as np
import pytest
import torch

from fmbench import data, environment, metrics
from fmbench.data import Where, load
from fmbench.errors import DataError, FmbenchError, UnknownName, UsageError
from fmbench.harness import Setting, measure, preflight, resolve, run, run_with_logits
from fmbench.harness import timing as score_room
from fmbench.harness.outcome import record_of_status
from fmbench.models import MODELS
from fmbench.record import Record
from fmbench.spec import RunSpec, TrainSpec
from fmbench.training.fit import Diverged

HARNESS = "fmbench.harness"


def test_a_record_is_whole_and_survives_json(spec: RunSpec) -> None:
    record, logits = run_with_logits(spec, Setting())
    assert msgspec.json.decode(msgspec.json.encode(record), type=Record) == record
    assert (record.status, record.reason, record.spec) == ("ok", None, spec)
    dataset = load(spec.dataset, spec.dataset_args, Where())
    quality = {name for name, metric in metrics.METRICS.items() if metric.compute}
    assert {part: set(of) for part, of in record.metrics.items()} == {
        "test": quality,
        "valid": quality,
    }
    assert set(logits) == {"test", "valid"}
    labels = np.asarray(dataset.test.labels, dtype=bool)
    found = metrics.evaluate(labels, logits["test"].astype(np.float64), dataset.test.users)
    assert found == pytest.approx(record.metrics["test"])
    assert record.predictions == hashlib.sha256(logits["test"].astype("<f4").tobytes()).hexdigest()
    assert len(record.curve) == 2
    assert record.best_epoch in (0, 1)
    best = record.curve[record.best_epoch]
    assert best.valid_logloss == record.metrics["valid"]["logloss"]
    assert best.valid_auc == record.metrics["valid"]["auc"]
    sizes = {name: len(samples) for name, samples in record.samples.items()}
    assert sizes == {
        "train_samples_per_s": 2,
        "predict_samples_per_s": score_room.PASSES,
        "predict_latency_ms": score_room.SINGLES,
    }
    ids = sum(field.cardinality for field in dataset.fields)
    mlp = (32 * 64 + 64) + (64 * 64 + 64) + 65
    assert record.parameters == 17 * ids + 1 + mlp
    assert record.time_to_best_s is not None
    assert record.peak_rss_mib is None or record.peak_rss_mib > 50
    assert (record.fingerprint, record.audit) == (dataset.fingerprint, dataset.audit)
    assert (
        record.environment.items()
        >= {
            **environment.describe(),
            "device": "cpu",
            "threads": 1,
            "jobs": 1,
        }.items()
    )


def test_the_same_spec_gives_the_same_record_but_for_the_clock(spec: RunSpec) -> None:
    first, second = run(spec), run(spec)
    assert (first.metrics, first.predictions) == (second.metrics, second.predictions)
    other = run(msgspec.structs.replace(spec, seed=1))
    assert other.predictions != first.predictions
    assert other.fingerprint == first.fingerprint


def test_test_labels_change_no_bit_of_training(
    spec: RunSpec, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All that a run knows of them goes into the metrics of the test rows, at the end."""
    honest = run(spec)

    def spoilt(*args: object) -> data.Dataset:
        dataset = load(*args)
        dataset.test.labels[:] = 1 - dataset.test.labels
        return dataset

    monkeypatch.setattr(data, "load", spoilt)
    other = run(spec)
    assert other.predictions == honest.predictions
    assert other.metrics["valid"] == honest.metrics["valid"]
    assert [e.train_loss for e in other.curve] == [e.train_loss for e in honest.curve]
    assert other.metrics["test"]["auc"] == pytest.approx(1 - honest.metrics["test"]["auc"])


def test_a_trial_never_reads_the_test_rows(spec: RunSpec, monkeypatch: pytest.MonkeyPatch) -> None:
    """Other labels change nothing of its record; it would not even miss the rows."""
    trial = msgspec.structs.replace(spec, tests=False)
    record, logits = run_with_logits(trial, Setting())
    assert (record.status, logits, record.predictions) == ("ok", {}, None)
    assert set(record.metrics) == {"valid"}
    assert record.metrics["valid"] == run(spec).metrics["valid"]
    assert set(record.samples) == {"train_samples_per_s"}

    def none(*args: object) -> data.Dataset:
        return dataclasses.replace(load(*args), test=None)

    def spoilt(*args: object) -> data.Dataset:
        dataset = load(*args)
        dataset.test.labels[:] = 1 - dataset.test.labels
        return dataset

    for other in (spoilt, none):
        monkeypatch.setattr(data, "load", other)
        assert timeless(run(trial)) == timeless(record)
    assert run(spec).status == "error"


def timeless(record: Record) -> object:
    """Return all of a record that is the same of every run of its spec."""
    losses = [(e.train_loss, e.tail_loss, e.valid_logloss, e.valid_auc) for e in record.curve]
    clock = {"samples": {}, "curve": [], "time_to_best_s": None, "peak_rss_mib": None}
    return losses, msgspec.structs.replace(record, **clock)


def test_resolving_writes_every_default(spec: RunSpec) -> None:
    bare = RunSpec(name="x", dataset="kmrd-synth", model="deepfm")
    resolved = resolve(bare, Where())
    assert resolved.model_args == {
        "embed_dim": 16,
        "mlp_dims": [64, 64],
        "dropout": 0.2,
        "batch_norm": False,
    }
    assert set(resolved.dataset_args) == {*data.SHARED, "seed"}
    assert resolve(resolved, Where()) == resolved
    assert msgspec.json.decode(msgspec.json.encode(resolved), type=RunSpec) == resolved


def test_a_changed_default_is_a_changed_case(monkeypatch: pytest.MonkeyPatch) -> None:
    bare = RunSpec(name="x", dataset="kmrd-synth", model="deepfm")
    before = resolve(bare, Where())
    monkeypatch.setitem(MODELS["deepfm"].build.__init__.__kwdefaults__, "dropout", 0.3)
    after = resolve(bare, Where())
    assert after.model_args["dropout"] == 0.3
    assert after.case != before.case
    explicit = msgspec.structs.replace(bare, model_args={"dropout": 0.3})
    assert resolve(explicit, Where()).case == after.case


@pytest.mark.parametrize(
    ("changed", "kind"),
    [
        ({"model": "fn"}, UnknownName),
        ({"model_args": {"depth": 3}}, UnknownName),
        ({"model_args": {"embed_dim": 0}}, UsageError),
        ({"dataset": "kmrd"}, UnknownName),
        ({"dataset_args": {"rows": 1}, "dataset": "kmrd-synth"}, None),
        ({"dataset_args": {"label": "rate"}}, UsageError),
    ],
)
def test_what_makes_no_sense_is_not_resolved(
    changed: dict[str, object], kind: type[FmbenchError] | None
) -> None:
    spec = msgspec.structs.replace(RunSpec(name="x", dataset="kmrd-synth", model="fm"), **changed)
    if kind:
        with pytest.raises(kind):
            resolve(spec, Where())
    else:  # how many rows there can be is the dataset's own to say, when it is read
        assert resolve(spec, Where()).dataset_args["rows"] == 1
        assert run(spec).status == "error"


ERRORS: list[tuple[BaseException, str, str]] = [
    (Diverged("the loss is not finite"), "diverged", "the loss is not finite"),
    (DataError("rates.csv: changed"), "error", "rates.csv: changed"),
    (ValueError("one\ntwo"), "error", "ValueError: one"),
    (AssertionError(), "error", "AssertionError"),
    (MemoryError(), "oom", "MemoryError"),
    (torch.OutOfMemoryError("CUDA out of memory"), "oom", "OutOfMemoryError: CUDA out of memory"),
    (
        RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried 8 bytes"),
        "oom",
        "RuntimeError: DefaultCPUAllocator: can't allocate memory: you tried 8 bytes",
    ),
]


@pytest.mark.parametrize(("error", "status", "reason"), ERRORS, ids=lambda x: repr(x)[:30])
def test_whatever_goes_wrong_is_a_record(
    error: Exception, status: str, reason: str, spec: RunSpec, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise error

    monkeypatch.setattr(data, "load", fail)
    record, logits = run_with_logits(spec, Setting())
    assert (record.status, record.reason) == (status, reason)
    assert (record.spec, record.metrics, logits) == (spec, {}, {})
    assert record.environment["threads"] == 1
    assert msgspec.json.decode(msgspec.json.encode(record), type=Record) == record


def test_a_real_lack_of_memory_is_one(spec: RunSpec, monkeypatch: pytest.MonkeyPatch) -> None:
    def greedy(*_: object) -> None:
        torch.empty(1 << 60, dtype=torch.uint8)

    monkeypatch.setattr(data, "load", greedy)
    assert run(spec).status == "oom"


def test_an_interruption_is_no_record(spec: RunSpec, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(data, "load", interrupted)
    with pytest.raises(KeyboardInterrupt):
        run(spec)


def test_metrics_are_those_of_the_logits_that_are_kept(
    spec: RunSpec, monkeypatch: pytest.MonkeyPatch
) -> None:

    labels_and_logits = measure.labels_and_logits

    def finer(model: object, rows: object) -> object:
        labels, logits = labels_and_logits(model, rows)
        return labels, logits + np.linspace(0, 1e-9, len(logits))  # more than float32 can hold

    monkeypatch.setattr(measure, "labels_and_logits", finer)
    record, kept = run_with_logits(spec, Setting())
    dataset = data.load(spec.dataset, spec.dataset_args, Where())
    for part, split in (("test", dataset.test), ("valid", dataset.valid)):
        again = metrics.evaluate(split.labels > 0, kept[part].astype(np.float64), split.users)
        assert record.metrics[part] == again


def test_scores_that_are_no_numbers_are_no_result(
    spec: RunSpec, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        measure,
        "labels_and_logits",
        lambda _, rows: (rows.labels, np.full(len(rows), np.nan)),
    )
    record = run(spec)
    assert (record.status, record.reason) == ("diverged", "a test logit is not finite")


def test_preflight_loads_what_cells_need_once(
    spec: RunSpec, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls = []

    def counted(*args: object) -> data.Dataset:
        calls.append(args)
        return load(*args)

    monkeypatch.setattr(data, "load", counted)
    specs = [msgspec.structs.replace(spec, seed=seed) for seed in range(3)]
    specs += [resolve(msgspec.structs.replace(spec, model="lr", model_args={}), Where())]
    fingerprints = preflight(specs, Setting())
    assert len(calls) == 1
    assert set(fingerprints) == {s.case for s in specs}
    assert len(set(fingerprints.values())) == 1


def test_preflight_leaves_the_process_as_it_is(spec: RunSpec) -> None:
    preflight([spec], Setting(threads=1))
    assert (torch.tensor([1e-38]) * 1e-3).item() != 0  # denormals are only a cell's to flush


def test_preflight_refuses_what_cannot_run(spec: RunSpec, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="device 'cuda:99' cannot be used"):
        preflight([spec], Setting(device="cuda:99"))
    large = msgspec.structs.replace(spec, train=TrainSpec(batch_size=1800))
    with pytest.raises(UsageError, match="batch_size is 1800; expected at most 1512"):
        preflight([large], Setting())


def test_a_record_names_the_gpu_that_it_was_made_on(
    spec: RunSpec, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(torch.cuda, "get_device_name", {torch.device("cuda:1"): "H200"}.get)
    for device, called in (("cpu", "cpu"), ("cuda:1", "cuda:1 (H200)")):
        record = record_of_status(spec, Setting(device=device), "error", "")
        assert record.environment["device"] == called


def test_a_device_whose_clock_cannot_wait_for_it_is_refused(
    spec: RunSpec, monkeypatch: pytest.MonkeyPatch
) -> None:
    there = torch.zeros(1)
    monkeypatch.setattr(torch, "zeros", lambda *_, **__: there)
    with pytest.raises(UsageError, match="device 'mps' cannot be used"):
        preflight([spec], Setting(device="mps"))


@pytest.mark.parametrize("device", ["cuda:99", "nonsense"])
def test_a_device_that_is_not_there_is_a_record_too(spec: RunSpec, device: str) -> None:
    record = run(spec, Setting(device=device))
    assert (record.status, record.environment["device"]) == ("error", device)
    assert f"device '{device}' cannot be used" in str(record.reason)


def test_a_long_run_is_the_engines_and_the_record_says_so(spec: RunSpec) -> None:
    short = run(spec, Setting())
    long = msgspec.structs.replace(spec.train, max_epochs=3, batch_size=2)
    specs = [msgspec.structs.replace(spec, model="fm", model_args={"embed_dim": 4}, train=long)] * 2
    first, second = (run(each, Setting()) for each in specs)
    assert short.environment["engine"] == "plain"
    assert first.environment["engine"] == second.environment["engine"] == "native"
    assert (first.metrics, first.predictions) == (second.metrics, second.predictions)
