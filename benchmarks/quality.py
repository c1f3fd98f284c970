"""Print whether the engine's models are as good as the plain loop's.

    python benchmarks/quality.py [--seeds 5] [--fields ids|full] [MODEL...]

KMRD-small ($FMBENCH_DATA), fmbench's default settings, one thread. Each model is trained by both,
from the same weights and in the same order of rows; dropout's numbers are each path's own. The
difference is the engine's test metric less the plain loop's, by seed, with its 95 % interval.
"""

import argparse
from unittest.mock import patch

from fmbench import data, engine
from fmbench.harness import Setting, resolve, run
from fmbench.models import CORE
from fmbench.record import Record
from fmbench.spec import RunSpec
from fmbench.stats import pair


def by(path: str, spec: RunSpec, setting: Setting) -> Record:
    """Run a spec by the engine or by the plain loop."""
    with patch.object(engine, "is_worth_it", lambda *_: path == "engine"):
        record = run(spec, setting)
    assert record.status == "ok", record.reason
    assert (record.environment["engine"] == "plain") == (path == "plain")
    return record


def main() -> None:
    """Train every model on both paths and print the differences."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("models", nargs="*", metavar="MODEL")
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--fields", choices=["ids", "full"], default="full")
    args = parser.parse_args()
    setting = Setting(where=data.Where())
    print(f"{'model':<12}{'metric':<10}{'engine':>10}{'plain':>10}   difference, 95 % interval")
    for model in args.models or CORE:
        values: dict[str, dict[str, dict[int, float]]] = {}
        for seed in range(args.seeds):
            spec = RunSpec(
                name=model, dataset="kmrd-small", dataset_args={"fields": args.fields},
                model=model, seed=seed,
            )  # fmt: skip
            spec = resolve(spec, setting.where)
            for path in ("engine", "plain"):
                for metric, value in by(path, spec, setting).metrics["test"].items():
                    values.setdefault(metric, {}).setdefault(path, {})[seed] = value or 0.0
        for metric in ("auc", "logloss"):
            engines, plains = values[metric]["engine"], values[metric]["plain"]
            means = [sum(of.values()) / len(of) for of in (engines, plains)]
            found = pair(engines, plains)
            assert found is not None, "a difference needs two seeds"
            low, high = found.interval.low, found.interval.high
            print(f"{model:<12}{metric:<10}{means[0]:10.4f}{means[1]:10.4f}", end="")
            print(f"   {found.mean:+.5f}  [{low:+.5f}, {high:+.5f}]", flush=True)


if __name__ == "__main__":
    main()
