"""run: one spec in, one record out."""

import errno
import hashlib
import inspect
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from fmbench import data, engine, environment, metrics
from fmbench.baselines import BASELINES, software
from fmbench.errors import FmbenchError
from fmbench.harness import baseline
from fmbench.harness.entrants import registry_of
from fmbench.harness.memory import peak_rss_mib
from fmbench.harness.shuffled import auc_lost
from fmbench.harness.timing import ROWS_A_PASS, predict_latency_ms, predict_samples_per_s
from fmbench.harness.trainers import fastest
from fmbench.harness.untrained import count_parameters, try_to_build
from fmbench.models import MODELS, create_model
from fmbench.record import Record, Status
from fmbench.spec import RunSpec, TrainSpec, plain
from fmbench.training.batches import rows_of
from fmbench.training.checkpoint import Checkpoint
from fmbench.training.device import find_device, full_name, prepare
from fmbench.training.fit import Diverged, check_batch, fit, stream
from fmbench.training.predict import labels_and_logits


@dataclass(frozen=True, slots=True)
class Setting:
    """Where cells run, none of which decides what comes of them."""

    where: data.Where = field(default_factory=data.Where)
    device: str = "cpu"
    threads: int = 1
    jobs: int = 1
    """Cells side by side on this machine."""
    timeout: float | None = None
    """Wall seconds that a cell may take; None: as many as it likes."""
    unfinished: Path | None = None
    """Where long cells keep how far they have come; None: nowhere."""


def resolve(spec: RunSpec, where: data.Where) -> RunSpec:
    """Write every default into a spec, so that a changed default is a changed case.

    Raises:
        UsageError: A name, argument or option is unknown or makes no sense.
    """
    args = plain(registry_of(spec.model).resolve(spec.model, spec.model_args))
    try_to_build(spec.model, args)
    options = plain(data.resolve(spec.dataset, spec.dataset_args, where))
    # A baseline trains itself: what is said of training makes no other case of it.
    train = TrainSpec() if spec.model in BASELINES else spec.train
    return msgspec.structs.replace(spec, model_args=args, dataset_args=options, train=train)


@dataclass(frozen=True, slots=True)
class Data:
    """What is known of a case's data before it runs."""

    fingerprint: str
    n_train: int
    """Rows to train on."""


def preflight(specs: Sequence[RunSpec], setting: Setting) -> dict[str, Data]:
    """Load and encode what the specs need, once; return what each case will find.

    Raises:
        UsageError: The device cannot be used, or a batch is larger than the training rows.
        DataError: The data is missing, damaged, or leaves a part of the split without rows.
    """
    find_device(setting.device)
    loaded: dict[bytes, Data] = {}
    cases = {}
    for spec in specs:
        key = msgspec.json.encode((spec.dataset, spec.dataset_args))
        if key not in loaded:
            dataset = data.load(spec.dataset, spec.dataset_args, setting.where)
            loaded[key] = Data(dataset.fingerprint, len(dataset.train))
        if spec.model in MODELS:
            check_batch(spec.train, loaded[key].n_train)
        cases[spec.case] = loaded[key]
    return cases


def warm_up(specs: Sequence[RunSpec], cases: Mapping[str, Data], device: str) -> None:
    """Compile the engine if one of the specs is worth it, so that cells find it on disk."""
    models = [spec for spec in specs if spec.model in MODELS]
    if any(engine.is_worth_it(spec.train, cases[spec.case].n_train, device) for spec in models):
        engine.compile_kernels()


def run(spec: RunSpec, setting: Setting | None = None) -> Record:
    """Train and test one model with one seed; whatever goes wrong is a record too."""
    record, _ = run_with_logits(spec, setting or Setting())
    return record


def run_with_logits(spec: RunSpec, setting: Setting) -> tuple[Record, NDArray[np.float32] | None]:
    """Return the record and, if there are any, the test logits, `(rows,)`."""
    try:
        return (_measure_baseline if spec.model in BASELINES else _measure)(spec, setting)
    except Exception as error:
        return failed(spec, setting, error), None


def _measure(spec: RunSpec, setting: Setting) -> tuple[Record, NDArray[np.float32] | None]:
    device = prepare(setting.device, setting.threads)
    dataset = data.load(spec.dataset, spec.dataset_args, setting.where)
    torch.manual_seed(stream(spec.seed, "weights"))
    model = create_model(spec.model, dataset.fields, **spec.model_args).to(device)
    train, valid = rows_of(dataset.train, device), rows_of(dataset.valid, device)
    keep = _checkpoint(spec, setting, dataset.fingerprint)
    fitted = fit(model, train, valid, spec.train, spec.seed, keep, fastest)
    samples = {"train_samples_per_s": [len(train) / epoch.seconds for epoch in fitted.curve]}
    logits, shuffled = {}, {}
    if spec.tests:  # once, here and nowhere else
        test = rows_of(dataset.test, device)
        labels, logits["test"] = labels_and_logits(model, test)
        if not np.isfinite(logits["test"]).all():
            raise Diverged("a test logit is not finite")
        some = test.head(ROWS_A_PASS)
        samples |= _timings(model, some)
        seed = stream(spec.seed, "shuffled")
        shuffled = auc_lost(model, some, labels[: len(some)], dataset.fields, seed)
    _, logits["valid"] = labels_and_logits(model, valid)
    return _outcome(
        spec,
        dataset,
        logits,
        shuffled=shuffled,
        curve=fitted.curve,
        best_epoch=fitted.best_epoch,
        samples=samples,
        time_to_best_s=fitted.time_to_best_s,
        parameters=count_parameters(model),
        resumed_after=fitted.resumed_after,
        environment=_environment(setting) | {"engine": fitted.path},
    )


def _timings(model: nn.Module, ids: Tensor) -> dict[str, list[float]]:
    return {
        "predict_samples_per_s": predict_samples_per_s(model, ids),
        "predict_latency_ms": predict_latency_ms(model, ids),
    }


def _measure_baseline(spec: RunSpec, setting: Setting) -> tuple[Record, NDArray[np.float32] | None]:
    dataset = data.load(spec.dataset, spec.dataset_args, setting.where)
    fitted = baseline.fit(spec, dataset, setting.threads)
    parts = ("test", "valid") if spec.tests else ("valid",)
    logits = {
        part: baseline.logits(fitted.baseline, getattr(dataset, part), setting.threads)
        for part in parts
    }
    if not all(np.isfinite(scores).all() for scores in logits.values()):
        raise Diverged("a logit is not finite")
    timings = baseline.timings(fitted.baseline, dataset.test, setting.threads) if spec.tests else {}
    return _outcome(
        spec,
        dataset,
        logits,
        baseline=True,
        samples=timings,
        time_to_best_s=fitted.seconds,
        parameters=fitted.parameters,
        environment=_environment(setting) | {"device": "cpu", "engine": software(spec.model)},
    )


def _outcome(
    spec: RunSpec,
    dataset: data.Dataset,
    logits: Mapping[str, NDArray[np.float64]],
    **measured: Any,
) -> tuple[Record, NDArray[np.float32] | None]:
    """Return the record of a run that came to logits, and the test logits as they are kept."""
    kept = logits["test"].astype("<f4") if "test" in logits else None
    quality, undefined = _quality(dataset, logits)
    return Record(
        spec=spec,
        status="ok",
        metrics=quality,
        undefined=undefined,
        peak_rss_mib=peak_rss_mib(),
        fingerprint=dataset.fingerprint,
        audit=dataset.audit,
        predictions=None if kept is None else hashlib.sha256(kept.tobytes()).hexdigest(),
        **measured,
    ), kept


def _checkpoint(spec: RunSpec, setting: Setting, fingerprint: str) -> Checkpoint | None:
    """Return where a cell keeps how far it has come, known by all that decides its bits."""
    if setting.unfinished is None:
        return None
    own = inspect.getsourcefile(MODELS[spec.model].build)
    identity = {
        **environment.describe(),
        "data": fingerprint,
        "device": full_name(setting.device),
        "threads": setting.threads,
        "code": environment.code(*([Path(own)] if own else [])),
    }
    return Checkpoint(setting.unfinished, spec, identity)


def _quality(
    dataset: data.Dataset, logits: Mapping[str, NDArray[np.float64]]
) -> tuple[dict[str, dict[str, float | None]], dict[str, dict[str, str]]]:
    """Return the metrics of each part and, for those that are undefined, why.

    They are those of the logits as they are kept, so that they can be had from these again.
    """
    quality, undefined = {}, {}
    for part, exact in logits.items():
        scores = exact.astype("<f4").astype(np.float64)
        split: data.Split = getattr(dataset, part)
        labels = np.asarray(split.labels, dtype=np.bool_)
        quality[part] = metrics.evaluate(labels, scores, split.users)
        if reasons := metrics.why_undefined(quality[part], labels, scores):
            undefined[part] = reasons
    return quality, undefined


def failed(spec: RunSpec, setting: Setting, error: BaseException) -> Record:
    """Return the record of a run that an error ended."""
    error.with_traceback(None)  # its frames hold all that the run had allocated
    reason = next(iter(str(error).splitlines()), "")
    if not isinstance(error, FmbenchError):
        reason = f"{type(error).__name__}: {reason}".removesuffix(": ")
    return failure(spec, setting, _status(error), reason)


def failure(spec: RunSpec, setting: Setting, status: Status, reason: str) -> Record:
    """Return the record of a run that came to no result."""
    reason = environment.without_private(reason)
    return Record(
        spec=spec,
        status=status,
        reason=reason,
        baseline=spec.model in BASELINES,
        environment=_environment(setting),
    )


def _status(error: BaseException) -> Status:
    if isinstance(error, Diverged):
        return "diverged"
    # On a CPU torch raises a plain RuntimeError, and a system call an OSError.
    short = isinstance(error, MemoryError | torch.OutOfMemoryError) or any(
        words in str(error) for words in ("can't allocate memory", os.strerror(errno.ENOMEM))
    )
    return "oom" if short else "error"


def _environment(setting: Setting) -> dict[str, Any]:
    return {
        **environment.describe(),
        "device": full_name(setting.device),
        "threads": setting.threads,
        "jobs": setting.jobs,
    }
