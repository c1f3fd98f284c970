"""One spec in, one record out."""

from fmbench import data
from fmbench.baselines import BASELINES
from fmbench.harness import baseline
from fmbench.harness.measure import measure, measure_baseline
from fmbench.harness.outcome import Kept, record_of_error
from fmbench.harness.setting import Setting
from fmbench.harness.train import train
from fmbench.record import Record
from fmbench.spec import RunSpec


def run(spec: RunSpec, setting: Setting | None = None) -> Record:
    """Train and test one model with one seed; whatever goes wrong is a record too."""
    record, _ = run_with_logits(spec, setting or Setting())
    return record


def run_with_logits(spec: RunSpec, setting: Setting) -> tuple[Record, Kept]:
    """Return the record and the logits of test and validation rows, if there are any."""
    try:
        dataset = data.load(spec.dataset, spec.dataset_args, setting.where)
        if spec.model in BASELINES:
            fitted = baseline.fit(spec, dataset, setting.threads)
            return measure_baseline(fitted, spec, dataset, setting)
        return measure(train(spec, dataset, setting), spec, dataset, setting)
    except Exception as error:
        return record_of_error(spec, setting, error), {}
