"""Train a model with a large table in this process, and print the peak of its memory in MiB.

Called as `peak.py PATH none|kept|resumed FOLDER`.
"""

import sys
from pathlib import Path

import torch

from fmbench import engine
from fmbench.fields import Field
from fmbench.harness.memory import peak_rss_mib
from fmbench.harness.trainers import fastest
from fmbench.models import create_model
from fmbench.spec import RunSpec, TrainSpec
from fmbench.training import checkpoint
from fmbench.training.batches import Rows
from fmbench.training.checkpoint import Checkpoint
from fmbench.training.fit import fit

FIELDS = [Field("user", 1_000_000), Field("movie", 20)]
"""Of which 64 MiB are embeddings."""


def rows(seed: int) -> Rows:
    draw = torch.Generator().manual_seed(seed)
    ids = torch.cat([torch.randint(2, f.cardinality, (400, 1), generator=draw) for f in FIELDS], 1)
    return Rows(ids, (torch.rand(400, generator=draw) < 0.5).float())


path, mode, folder = sys.argv[1], sys.argv[2], Path(sys.argv[3])
checkpoint.EVERY = 0.0
engine.is_worth_it, engine.LARGE = (lambda *_: path == "native"), 0  # type: ignore[assignment]
spec = RunSpec(name="fm", dataset="kmrd-synth", model="fm")
keep = None if mode == "none" else Checkpoint(folder, spec, {})
train = TrainSpec(batch_size=200, max_epochs=4 if mode == "resumed" else 3, patience=4)
result = fit(create_model("fm", FIELDS), rows(1), rows(2), train, 3, keep, fastest)
assert (result.path, result.resumed_after) == (path, 3 if mode == "resumed" else None)
print(peak_rss_mib())
