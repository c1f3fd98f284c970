"""Whether each of fmbench's models is as good as the same model of another library, both tuned.

    python benchmarks/peers/quality.py [--trials 10] [--seeds 5] [--out FILE.json]
    python benchmarks/peers/quality.py --show benchmarks/peers/results/quality.json

KMRD-small, user and movie, random split: the same encoded rows for all. Every model of every
library gets the same number of random trials over the library's own settings (spaces.py); the one
with the best validation logloss is trained once for each seed and scored on the test rows. Training
stops by validation logloss and puts the best weights back, as fmbench does it. Each training is a
line of the file `--log`; what it holds is not trained again. One thread, no two at a time.
"""

import argparse
import json
import math
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import asdict
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
from compare import DATASET, THREADS, facts, written
from environments import HERE, python_of
from protocol import Peer, PeerError
from spaces import LIBRARIES, MODELS, draw, space
from trials import Trial
from verdicts import Entry, Quality, render

from fmbench import data, environment, metrics
from fmbench.errors import FmbenchError
from fmbench.harness import Setting, resolve, run
from fmbench.spec import RunSpec, TrainSpec

MAX_EPOCHS = 20
PATIENCE = 2
FIRST_SEED = 100
"""Of the seeds that are tested. Trials have their own, so that none is tested for its luck."""

Answer = dict[str, Any]
Ask = Callable[[Trial], Answer]
"""Train; answer with the best `valid_logloss` or why it `failed`, and `auc` and `logloss`."""


def main(argv: Sequence[str] | None = None) -> int:
    """Tune and test, or show; return the exit code."""
    args = parse(argv)
    if args.show:
        print(render(msgspec.json.decode(args.show.read_bytes(), type=Quality)), end="")
        return 0
    try:
        result = measure(args)
    except (FmbenchError, PeerError, subprocess.CalledProcessError) as error:
        print(f"quality.py: error: {error}", file=sys.stderr)
        return 1
    args.out.write_text(written(result), encoding="utf-8")
    print(render(result), end="")
    return 0


def parse(argv: Sequence[str] | None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    add = parser.add_argument
    add("--trials", type=int, default=10, help="of each model of each library (%(default)s)")
    add("--seeds", type=int, default=5, help="that the chosen setting is tested with (%(default)s)")
    add("--models", nargs="+", choices=MODELS, default=list(MODELS), metavar="MODEL")
    add("--libraries", nargs="+", choices=LIBRARIES, default=list(LIBRARIES), metavar="LIBRARY")
    add("--log", type=Path, help="the trainings, a line each (in fmbench's cache)")
    add("--out", type=Path, default=HERE / "results" / "quality.json", help="(%(default)s)")
    add("--show", type=Path, metavar="FILE", help="show a result that has been written")
    return parser.parse_args(argv)


def measure(args: argparse.Namespace) -> Quality:
    """Start the libraries, tune and test every model of each."""
    where = data.Where()
    dataset = data.load(DATASET, data.resolve(DATASET, {}, where), where)
    log = Log(args.log or where.cache / "peers" / "quality.jsonl", dataset.fingerprint)
    with ExitStack() as stack:
        hello = lay_out(dataset, Path(stack.enter_context(tempfile.TemporaryDirectory())))
        asks: dict[str, Ask] = {}
        packages = {}
        for name in args.libraries:
            if name == "fmbench":
                asks[name] = log.remember([name, environment.code()], fmbench(where))
                continue
            python = python_of(name, where.cache / "peers")
            peer = stack.enter_context(Peer(name, python, HERE / f"learn_{name}.py", THREADS))
            packages[name] = peer.ask(hello)
            asks[name] = log.remember([name, packages[name]], library(peer, dataset))
        entries = [
            tune(name, model, ask, args.trials, args.seeds)
            for model in args.models
            for name, ask in asks.items()
        ]
    return Quality(
        environment=environment.describe(),
        packages=packages,
        data=facts(dataset),
        setting={"trials": args.trials, "max_epochs": MAX_EPOCHS, "patience": PATIENCE},
        entries=entries,
    )


def tune(name: str, model: str, ask: Ask, trials: int, seeds: int) -> Entry:
    """Choose a setting on validation rows and test it."""

    def train(setting: Mapping[str, Any], seed: int, *, tests: bool) -> Answer:
        return ask(
            Trial(
                model=model,
                setting=dict(setting),
                seed=seed,
                max_epochs=MAX_EPOCHS,
                patience=PATIENCE,
                tests=tests,
            )
        )

    settings = [draw(name, model, index) for index in range(trials)]
    answers = [train(setting, seed, tests=False) for seed, setting in enumerate(settings)]
    losses = [answer.get("valid_logloss", math.inf) for answer in answers]
    chosen = settings[int(np.argmin(losses))]
    tested = [train(chosen, FIRST_SEED + seed, tests=True) for seed in range(seeds)]
    return Entry(
        library=name,
        model=model,
        space={key: str(of) for key, of in space(name, model).items()},
        trials=[None if math.isinf(loss) else round(loss, 6) for loss in losses],
        chosen=chosen,
        valid_logloss=[round(answer["valid_logloss"], 6) for answer in tested],
        auc=[round(answer["auc"], 6) for answer in tested],
        logloss=[round(answer["logloss"], 6) for answer in tested],
    )


def lay_out(dataset: data.Dataset, folder: Path) -> dict[str, Any]:
    """Write what all libraries read, test labels left out; return what they are told of it."""
    rows = {
        "train_ids": dataset.train.ids,
        "train_labels": dataset.train.labels,
        "valid_ids": dataset.valid.ids,
        "valid_labels": dataset.valid.labels,
        "test_ids": dataset.test.ids,
    }
    kinds = {"ids": np.int64, "labels": np.float32}
    typed = {name: of.astype(kinds[name.partition("_")[2]]) for name, of in rows.items()}
    np.savez(folder / "rows.npz", **typed)
    sizes = [field.cardinality for field in dataset.fields]
    return {"rows": str(folder / "rows.npz"), "sizes": sizes, "threads": THREADS}


def library(peer: Peer, dataset: data.Dataset) -> Ask:
    """Return how a peer's process is asked."""
    labels = dataset.test.is_positive

    def ask(trial: Trial) -> Answer:
        answer = peer.ask(asdict(trial))
        if "failed" in answer:
            return answer
        losses = answer["valid_logloss"]
        found = {"valid_logloss": min(losses), "epochs": len(losses)}
        if trial.tests:
            chances = np.array(answer["chances"]).clip(1e-7, 1 - 1e-7)
            logits = np.log(chances) - np.log1p(-chances)
            found["auc"] = metrics.auc(labels, logits)
            found["logloss"] = metrics.logloss(labels, logits)
        return found

    return ask


def fmbench(where: data.Where) -> Ask:
    """Return how fmbench is asked: a cell of its own harness."""
    place = Setting(where=where, threads=THREADS)

    def ask(trial: Trial) -> Answer:
        setting = trial.setting.items()
        train = {key: value for key, value in setting if key in TrainSpec.__struct_fields__}
        args = {key: value for key, value in setting if key not in train}
        spec = RunSpec(
            name=trial.model,
            dataset=DATASET,
            model=trial.model,
            model_args=args,
            train=TrainSpec(**train, max_epochs=trial.max_epochs, patience=trial.patience),
            seed=trial.seed,
            tests=trial.tests,
        )
        record = run(resolve(spec, where), place)
        if record.status != "ok":
            return {"failed": record.reason}
        found = {
            "valid_logloss": record.metrics["valid"]["logloss"],
            "epochs": len(record.curve),
        }
        if trial.tests:
            found |= {metric: record.metrics["test"][metric] for metric in ("auc", "logloss")}
        return found

    return ask


class Log:
    """Trainings and what came of them, a line each."""

    def __init__(self, path: Path, fingerprint: str) -> None:
        self.path, self.fingerprint = path, fingerprint
        path.parent.mkdir(parents=True, exist_ok=True)
        self.known: dict[str, Answer] = {}
        if path.exists():
            for line in path.read_text(encoding="utf-8").splitlines():
                try:
                    key, answer = json.loads(line)
                except ValueError:
                    continue  # a line that a stop cut short
                self.known[key] = answer

    def remember(self, library: Sequence[Any], ask: Ask) -> Ask:
        """Return `ask`, which trains only what is not known yet of a library and its version."""

        def remembering(trial: Trial) -> Answer:
            key = json.dumps([self.fingerprint, library, asdict(trial)], sort_keys=True)
            if key not in self.known:
                begin = time.perf_counter()
                answer = ask(trial)
                answer["seconds"] = round(time.perf_counter() - begin, 2)
                self.known[key] = answer
                with self.path.open("a", encoding="utf-8") as file:
                    # A newline first: the last line may have been cut short.
                    file.write("\n" + json.dumps([key, answer]))
                print(library[0], trial.model, trial.seed, answer, file=sys.stderr)
            return self.known[key]

        return remembering


if __name__ == "__main__":
    sys.exit(main())
