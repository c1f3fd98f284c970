"""What a trained model is worth: its record, and what it said of the test rows."""

import numpy as np
from torch import Tensor, nn

from fmbench.baselines import software
from fmbench.data import Dataset
from fmbench.environment import without_private
from fmbench.harness import baseline
from fmbench.harness.building import count_parameters
from fmbench.harness.moved import moved
from fmbench.harness.outcome import Kept, environment_of, record_of_logits
from fmbench.harness.setting import Setting
from fmbench.harness.shuffled import auc_lost
from fmbench.harness.timing import ROWS_A_PASS, predict_latency_ms, predict_samples_per_s
from fmbench.harness.train import Trained
from fmbench.record import Record
from fmbench.spec import RunSpec
from fmbench.training.batches import rows_of
from fmbench.training.fit import Diverged, seed_for
from fmbench.training.predict import labels_and_logits


def measure(
    trained: Trained, spec: RunSpec, dataset: Dataset, setting: Setting
) -> tuple[Record, Kept]:
    """Return the record of a trained model and, unless it is a trial, its logits by part.

    Raises:
        Diverged: A test logit is not finite.
        NotPutBack: The model does not score the validation rows as after its best epoch.
    """
    model, fit = trained.model, trained.fit
    speed = [trained.rows * epoch.passes / epoch.seconds for epoch in fit.curve]
    samples = {"train_samples_per_s": speed}
    logits, shuffled, moves = {}, {}, {}
    if spec.tests:  # once, here and nowhere else
        test = rows_of(dataset.test, trained.device)
        labels, logits["test"] = labels_and_logits(model, test)
        if not np.isfinite(logits["test"]).all():
            raise Diverged("a test logit is not finite")
        some = test.head(ROWS_A_PASS)
        samples |= _timings(model, some)
        n, seed = len(some), seed_for(spec.seed, "shuffled")
        shuffled = auc_lost(model, some, labels[:n], logits["test"][:n], dataset.fields, seed)
        moves = moved(model, some, logits["test"][:n])
    valid = rows_of(dataset.valid, trained.device)
    labels, logits["valid"] = labels_and_logits(model, valid)
    fit.check_put_back(labels, logits["valid"])
    return record_of_logits(
        spec,
        dataset,
        logits,
        shuffled=shuffled,
        moved=moves,
        curve=fit.curve,
        best_epoch=fit.best_epoch,
        samples=samples,
        time_to_best_s=fit.time_to_best_s,
        parameters=count_parameters(model),
        resumed_after=fit.resumed_after,
        environment=environment_of(setting)
        | {"engine": without_private(fit.path)}
        | ({"procedure": fit.procedure} if fit.procedure else {}),
    )


def _timings(model: nn.Module, ids: Tensor) -> dict[str, list[float]]:
    return {
        "predict_samples_per_s": predict_samples_per_s(model, ids),
        "predict_latency_ms": predict_latency_ms(model, ids),
    }


def measure_baseline(
    fitted: baseline.Fitted, spec: RunSpec, dataset: Dataset, setting: Setting
) -> tuple[Record, Kept]:
    """Return the record of a fitted baseline, and its logits as `measure` does.

    Raises:
        Diverged: A logit is not finite.
    """
    parts = ("test", "valid") if spec.tests else ("valid",)
    logits = {
        part: baseline.logits(fitted.baseline, getattr(dataset, part), setting.threads)
        for part in parts
    }
    if not all(np.isfinite(scores).all() for scores in logits.values()):
        raise Diverged("a logit is not finite")
    timings = baseline.timings(fitted.baseline, dataset.test, setting.threads) if spec.tests else {}
    return record_of_logits(
        spec,
        dataset,
        logits,
        baseline=True,
        samples=timings,
        time_to_best_s=fitted.seconds,
        parameters=fitted.parameters,
        environment=environment_of(setting) | {"device": "cpu", "engine": software(spec.model)},
    )
