"""deepctr-torch for quality.py: the body of its `fit` with its `l2_reg_…` of the two tables.

The penalty is `l2_reg · |w|²` of a whole table in every step, beside a loss that is summed over the
batch. All weights start as the package draws them (tables from N(0, 0.0001²)).
"""

from collections.abc import Sequence

import torch
from alike import adam, chances, start
from peer_deepctr import bare, create
from trials import Learner, Trial, serve_trials


def build(trial: Trial, sizes: Sequence[int]) -> Learner:
    """Build the package's model and compile it, as it calls that."""
    model = create(trial.model, sizes, trial.shape, seed=trial.seed, **trial.penalties)
    optimizer = adam(model.parameters(), trial.setting["lr"])
    model.compile(optimizer, "binary_crossentropy")

    def one_pass(ids, labels):
        x, y = torch.from_numpy(ids).float(), torch.from_numpy(labels)
        bare(model, x, y, trial.setting["batch_size"])

    return Learner(model, one_pass, lambda ids: chances(model, torch.from_numpy(ids).float()))


if __name__ == "__main__":
    serve_trials(build, start, ["deepctr-torch", "torch", "numpy"])
