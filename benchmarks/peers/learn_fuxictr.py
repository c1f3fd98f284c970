"""FuxiCTR for quality.py: its `train_step`, its `embedding_regularizer`, its way at a plateau.

The regularizer is `λ/2 · |w|²` of every table, linear ones too, in every step, beside a mean loss.
By default its `fit` divides the step size by ten whenever an epoch is no better, and so does this.
All weights start as the package draws them (tables from N(0, 0.0001²)).
"""

from collections.abc import Sequence

import torch
from alike import adam, start
from peer_fuxictr import LABEL, Ladder, bare, by_name, chances, describe_fields
from trials import Learner, Trial, serve_trials


def build(trial: Trial, sizes: Sequence[int]) -> Learner:
    """Put the model together."""
    torch.manual_seed(trial.seed)
    feature_map = describe_fields(sizes)
    lr = trial.setting["lr"]
    model = Ladder(feature_map, trial.model, trial.shape, lr, **trial.penalties)
    model.optimizer = adam(model.parameters(), lr)

    def one_pass(ids, labels):
        columns = {**by_name(ids), LABEL: torch.from_numpy(labels)}
        bare(model, columns, trial.setting["batch_size"])

    return Learner(model, one_pass, lambda ids: chances(model, ids), model.lr_decay)


if __name__ == "__main__":
    serve_trials(build, start, ["fuxictr", "torch", "numpy"])
