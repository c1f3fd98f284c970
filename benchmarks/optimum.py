"""Print whether `lr` reaches the optimum that scikit-learn finds for the same problem.

    python benchmarks/optimum.py [--passes 120]

KMRD-small ($FMBENCH_DATA), each fields × split at the prior precision that `run` uses by default;
C is one over it. "slope" tells whether the problem is the same one: how steep lr's loss and penalty
are at scikit-learn's optimum, in parts of the start. "to the end" takes passes of smaller and
smaller steps without a look at the validation rows: how near training comes. "as run" stops by
them. Both are the test metric less scikit-learn's.
"""

import argparse
from itertools import product

import numpy as np
import torch
from msgspec.structs import replace
from torch.nn import functional as F

from fmbench import data
from fmbench.baselines.sklearn_lr import SklearnLR
from fmbench.engine.engine import Engine
from fmbench.harness import Setting, resolve, run
from fmbench.metrics import auc, logloss
from fmbench.models import create_model
from fmbench.spec import RunSpec, TrainSpec
from fmbench.training.batches import Rows
from fmbench.training.predict import predict
from fmbench.training.priors import Shrinkage
from fmbench.tuned import SHIPPED, read_tuned

STEP, LAST = 0.02, 0.01
"""The first pass's step size, and what of it the last pass takes."""


def slope(dataset: data.Dataset, spec: TrainSpec, peer: SklearnLR) -> float:
    """Return the largest slope of lr's training loss and penalty at the peer's optimum.

    In parts of the largest at the start, where all weights are zero: 0 at lr's own optimum, which
    is the only one, since the loss is convex.
    """
    rows = Rows.of(dataset.train, torch.device("cpu"))
    model = create_model("lr", dataset.fields).double()
    penalty = Shrinkage(model, rows, spec)
    slopes = []
    for weights, bias in ((0.0, 0.0), peer.weights):
        with torch.no_grad():
            model.linear.table.weight[:, 0] = torch.as_tensor(weights)
            model.linear.bias.fill_(bias)
        model.zero_grad()
        loss = F.binary_cross_entropy_with_logits(model(rows.ids), rows.labels.double())
        (loss + penalty(rows.ids)).backward()
        slopes.append(max(p.grad.abs().max().item() for p in model.parameters()))
    return slopes[1] / slopes[0]


def to_the_end(dataset: data.Dataset, spec: TrainSpec, passes: int) -> np.ndarray:
    """Return the test logits of lr trained for so many passes."""
    rows = Rows.of(dataset.train, torch.device("cpu"))
    model = create_model("lr", dataset.fields)
    engine = Engine(model, rows, replace(spec, lr=STEP), key=0)
    order = torch.Generator().manual_seed(0)
    for done in range(passes):
        engine.one_pass(rows.shuffled(spec.batch_size, order), STEP * LAST ** (done / passes))
    return predict(model, Rows.of(dataset.test, torch.device("cpu")).ids)


def main() -> None:
    """Compare on every fields × split."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--passes", type=int, default=120)
    args = parser.parse_args()
    where, protocol = data.Where(), read_tuned(SHIPPED)
    head = "slope     to the end: AUC, logloss        as run: AUC, logloss"
    print(f"{'fields':<8}{'split':<10}{'C':>6}   scikit-learn: AUC, logloss   {head}")
    for fields, split in product(("ids", "full", "habits"), ("random", "temporal")):
        options = {"fields": fields, "split": split}
        spec = RunSpec(name="lr", model="lr", dataset="kmrd-small", dataset_args=options)
        spec = protocol.apply(resolve(spec, where), {}, {})
        dataset = data.load("kmrd-small", spec.dataset_args, where)
        peer = SklearnLR(C=1 / spec.train.l2_linear)
        peer.fit(dataset.fields, dataset.train, dataset.valid, seed=0, threads=1)
        labels = np.asarray(dataset.test.labels) > 0
        theirs = peer.logits(dataset.test.ids)
        ours = to_the_end(dataset, spec.train, args.passes)
        stopped = run(spec, Setting(where)).metrics["test"]
        goal = auc(labels, theirs), logloss(labels, theirs)
        end = auc(labels, ours) - goal[0], logloss(labels, ours) - goal[1]
        early = stopped["auc"] - goal[0], stopped["logloss"] - goal[1]
        print(
            f"{fields:<8}{split:<10}{1 / spec.train.l2_linear:6.2f}   {goal[0]:.5f} {goal[1]:.5f}"
            f"{slope(dataset, spec.train, peer):19.1e}     {end[0]:+.5f} {end[1]:+.5f}"
            f"{'':14}{early[0]:+.5f} {early[1]:+.5f}",
            flush=True,
        )


if __name__ == "__main__":
    main()
