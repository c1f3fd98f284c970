"""torchfm for quality.py: the step of its example with the penalty that the example has.

That is Adam's `weight_decay`, of all weights alike. All weights start as the package draws them
(linear ones from N(0, 1), factors by Xavier's rule over the whole table).
"""

from collections.abc import Sequence

import torch
from alike import adam, chances, start
from peer_torchfm import MODELS, steps
from trials import Learner, Trial, serve_trials


def build(trial: Trial, sizes: Sequence[int]) -> Learner:
    """Build the package's model and its example's optimizer."""
    torch.manual_seed(trial.seed)
    model = MODELS[trial.model](sizes, trial.shape)
    optimizer = adam(model.parameters(), trial.setting["lr"], **trial.penalties)
    batch_size = trial.setting["batch_size"]

    def one_pass(ids, labels):
        parts = (torch.from_numpy(of).split(batch_size) for of in (ids, labels))
        steps(model, optimizer, zip(*parts, strict=True))

    return Learner(model, one_pass, lambda ids: chances(model, torch.from_numpy(ids)))


if __name__ == "__main__":
    serve_trials(build, start, ["torchfm", "torch", "numpy"])
