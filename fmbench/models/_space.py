"""What tuning may try of the models here, by the part that it belongs to."""

from fmbench.space import TRAINING, Choice, Range, Uniform

Part = dict[str, Range]

STEP: Part = {key: TRAINING[key] for key in ("train.lr", "train.batch_size")}
LINEAR: Part = {"train.l2_linear": TRAINING["train.l2_linear"]}
FACTORS: Part = {
    "train.l2_embedding": TRAINING["train.l2_embedding"],
    "train.l2_rare": TRAINING["train.l2_rare"],
    "embed_dim": Choice(4, 8, 16, 32),
}
UNCERTAIN: Part = {key: FACTORS[key] for key in ("train.l2_embedding", "embed_dim")}
"""Of vectors that have deviations, whose rare rows need no prior of their own."""
AWARE: Part = {
    "train.l2_embedding": TRAINING["train.l2_embedding"],
    "train.l2_rare": TRAINING["train.l2_rare"],
    "embed_dim": Choice(2, 4, 8),
}
"""Field-aware vectors: there are as many of an id as there are fields."""
CROSS: Part = {"cross_layers": Choice(1, 2, 3, 4)}
CROSSED: Part = {"structure": Choice("parallel", "stacked")}
"""An MLP beside its crosses, or on them."""
ATTENTION: Part = {"attention_dim": Choice(8, 16, 32), "dropout": Uniform(0, 0.6)}
LAYER: Part = {"heads": Choice(1, 2, 4), "head_dim": Choice(8, 16)}
"""One layer of attention."""
HEADS: Part = {"attention_layers": Choice(1, 2, 3), **LAYER}
DEEP: Part = {
    "mlp_dims": Choice((64,), (64, 64), (128, 64), (256, 128, 64)),
    "dropout": Uniform(0, 0.6),
}
DROPPED: Part = {"dropout": DEEP["dropout"]}
MASKS: Part = {"reduction": Choice(1, 2, 4)}
STREAM: Part = {"other_dims": DEEP["mlp_dims"]}
"""A second network beside the first."""
FUSION: Part = {"heads": Choice(1, 4, 16), "gate_dim": Choice(16, 64)}
"""Streams with a gate before them and a bilinear form behind."""
WUKONG: Part = {
    "wukong_layers": Choice(1, 2, 3),
    "tokens": Choice(4, 8, 16),
    "rank": Choice(4, 8, 16),
    "block_dim": Choice(32, 64, 128),
}
MIXER: Part = {
    "tokens": Choice(2, 4, 8),
    "token_dim": Choice(16, 32, 64),
    "mixer_layers": Choice(1, 2, 3),
    "expansion": Choice(1, 2, 4),
}
