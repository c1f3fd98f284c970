"""Print how much worse each model is at its defaults than tuned, on data of several kinds.

    python benchmarks/defaults.py --ml-100k DIR --adult FILE [--trials 40] [--models fm,dnn]

KMRD-small is read from $FMBENCH_DATA, MovieLens 100K from a folder that holds ml-100k.inter, .user
and .item, adult from a file; the planted tables are drawn: ids with Zipf's popularity, a linear
part of standard deviation 1 and, in it, the interaction whose strength the name says.

A trial is a draw of the space that `fmbench tune` searches, fitted with one seed; the best by the
validation logloss is the model's tuned self. Losses are those of the validation rows, in nats;
AUC is that of the test rows. "first n": the best of the first n trials, which is what `run` does.
"""

import argparse
import itertools
import math
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from fmbench import data
from fmbench.api import suites
from fmbench.harness import Setting, registry_of
from fmbench.harness.train import train
from fmbench.metrics import auc, logloss
from fmbench.spec import RunSpec
from fmbench.training.batches import rows_of
from fmbench.training.predict import labels_and_logits
from fmbench.tuning import draw_trials, fitting

PLANTED = {
    # users, items, rows, standard deviation of the interaction in a logit
    "planted 0": (2_000, 500, 60_000, 0.0),
    "planted 1/2": (2_000, 500, 60_000, 0.5),
    "planted 1": (2_000, 500, 60_000, 1.0),
    "planted 1, sparse": (20_000, 2_000, 60_000, 1.0),
    "planted 1, small": (300, 100, 5_000, 1.0),
}
RANK = 4


def planted(folder: Path, name: str) -> Path:
    """Write a table whose labels are drawn from a linear part and an interaction."""
    users, items, rows, strength = PLANTED[name]
    draw = np.random.default_rng(0)
    sizes = {"user": users, "item": items}
    ids = {}
    for column, size in sizes.items():
        shares = 1 / np.arange(1, size + 1) ** 0.8
        ids[column] = draw.choice(size, rows, p=shares / shares.sum())
    alone = sum(draw.normal(0, math.sqrt(0.5), sizes[c])[ids[c]] for c in sizes)
    user, item = (draw.normal(0, 1, (sizes[c], RANK))[ids[c]] for c in sizes)
    logits = alone + strength * (user * item).sum(1) / math.sqrt(RANK)
    clicks = draw.random(rows) < 1 / (1 + np.exp(-logits))
    path = folder / f"{name.replace('/', ' of ')}.csv"
    table = np.column_stack((ids["user"], ids["item"], clicks))
    np.savetxt(path, table, "%d", ",", header="user,item,click", comments="")
    return path


def contents(ml: Path, adult: Path, folder: Path) -> Iterator[tuple[str, dict[str, object]]]:
    """Yield the name of each kind of data, and what a suite says of it."""
    for fields, split in (("ids", "random"), ("full", "random"), ("ids", "temporal")):
        options = {"fields": fields, "split": split}
        yield f"KMRD {fields} {split}", {"dataset": "kmrd-small", "data": options}
    label, joined = {"label": "rating>3"}, {"join": ["ml-100k.user", "ml-100k.item"]}
    for name, options in (
        ("ml-100k ids random", {"fields": "ids", "split": "random"}),
        ("ml-100k full random", {"split": "random"} | joined),
        ("ml-100k ids temporal", {"fields": "ids", "split": "temporal"}),
    ):
        yield name, {"dataset": str(ml / "ml-100k.inter"), "data": label | options}
    yield "adult", {"dataset": str(adult), "data": {"label": "income=>50K"}}
    for name in PLANTED:
        options = {"label": "click=1", "user": "user", "item": "item"}
        yield name, {"dataset": str(planted(folder, name)), "data": options}


def tried(spec: RunSpec, dataset: data.Dataset, where: data.Where) -> tuple[float, float]:
    """Return the validation logloss and the test AUC of one fit."""
    trained = train(spec, dataset, Setting(where))
    found = []
    for part in (dataset.valid, dataset.test):
        found.append(labels_and_logits(trained.model, rows_of(part, trained.device)))
    (labels, logits), test = found
    return logloss(labels, logits) or math.inf, auc(*test) or math.nan


def main() -> None:
    """Fit each model's defaults and trials on each kind of data."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--ml-100k", type=Path, required=True, metavar="DIR")
    parser.add_argument("--adult", type=Path, required=True, metavar="FILE")
    parser.add_argument("--trials", type=int, default=40)
    parser.add_argument("--models", default="fm,dnn,deepfm")
    parser.add_argument("--only", default="", help="data whose name begins so")
    args = parser.parse_args()
    firsts = [n for n in (4, 8, 16) if n < args.trials]
    print(
        f"{'data':<22}{'model':<11}{'defaults':>9}{'regret':>9}"
        + "".join(f"{f'first {n}':>10}" for n in firsts)
        + f"   {'AUC: defaults':>14}{'tuned':>8}   tuned to"
    )
    with TemporaryDirectory() as folder:
        for name, content in contents(args.ml_100k, args.adult, Path(folder)):
            if not name.startswith(args.only):
                continue
            models = args.models.split(",")
            where, specs = suites.specs({**content, "models": models, "seeds": 1}, data.Where())
            dataset = data.load(specs[0].dataset, specs[0].dataset_args, where)
            for spec in specs:
                space = registry_of(spec.model)[spec.model].space
                space = fitting(space, len(dataset.train), len(dataset.fields))
                trials = draw_trials(spec, space, (), args.trials)
                found = [tried(trial, dataset, where) for trial in trials]
                losses = list(itertools.accumulate((loss for loss, _ in found), min))
                best = min(range(len(found)), key=lambda i: found[i][0])
                chosen = trials[best]
                print(
                    f"{name:<22}{spec.model:<11}{losses[0]:9.4f}{losses[0] - losses[-1]:9.4f}"
                    + "".join(f"{losses[n - 1] - losses[-1]:10.4f}" for n in firsts)
                    + f"   {found[0][1]:14.4f}{found[best][1]:8.4f}   "
                    + f"lr {chosen.train.lr:g}, l2_embedding {chosen.train.l2_embedding}, "
                    + f"l2_rare {chosen.train.l2_rare:g}, batch {chosen.train.batch_size}, "
                    + ", ".join(f"{key} {value}" for key, value in chosen.model_args.items()),
                    flush=True,
                )


if __name__ == "__main__":
    main()
