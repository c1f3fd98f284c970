"""A result as Markdown."""

from collections.abc import Iterator, Sequence
from itertools import product

import numpy as np
from result import MODES, Pairs, Result, noise, objection
from tabulate import tabulate

NONE = "–"


def render(result: Result) -> str:
    """Return speeds, ratios and losses, and every reason for a ratio that is missing."""
    peers = list(dict.fromkeys(pairs.peer for pairs in result.pairs))
    batches = sorted({pairs.batch_size for pairs in result.pairs})
    reasons = {id(pairs): objection(result, pairs) for pairs in result.pairs}
    blocks = [_head(result)]
    for batch_size, (mode, words) in product(batches, MODES.items()):
        table = _speeds(result.of(mode=mode, batch_size=batch_size), peers, reasons)
        blocks += [f"## Batch {batch_size}, peers {words}", table]
    blocks += ["## Losses", _LOSSES, _losses(result, peers, batches)]
    blocks.append("\n".join(_refused(result, reasons)))
    return "\n\n".join(blocks) + "\n"


_LOSSES = (
    "Training loss in nats after the same steps on the same rows from the same first weights: mean "
    "± standard deviation over seeds. Row order (as used) and dropout are each library's "
    "own; noise is how far apart that can carry two means."
)


def _head(result: Result) -> str:
    where, setting, data = result.environment, result.setting, result.data
    # A peer names itself before what it stands on.
    versions = (" ".join(next(iter(own.items()))) for own in result.packages.values())
    steps = ", ".join(f"{count} at batch {size}" for size, count in setting["steps"].items())
    return (
        "# fmbench and its peers\n\n"
        f"Training rows per second in thousands: medians of {len(result.load)} rounds. × is how "
        "many times the peer's speed fmbench has: the median over pairs measured directly after "
        "one another.\n\n"
        f"- {', '.join(versions)}; torch {where['packages']['torch']}, "
        f"Python {where['python']}\n"
        f"- {where['cpu']}, {where['cores']} cores, {setting['threads']} thread; load of the "
        f"machine {min(result.load)}–{max(result.load)}\n"
        f"- {data['dataset']}, {data['rows']:,} training rows, "
        f"{' × '.join(f'{size:,}' for size in data['cardinalities'])} ids; k = "
        f"{setting['embed_dim']}, MLP {tuple(setting['mlp_dims'])} with BatchNorm, dropout "
        f"{setting['dropout']}; Adam {setting['learning_rate']}, no L2; steps: {steps}"
    )


def _speeds(block: Sequence[Pairs], peers: Sequence[str], reasons: dict[int, str | None]) -> str:
    models = list(dict.fromkeys(pairs.model for pairs in block))
    lines, ratios = [], []
    for model in models:
        row = {pairs.peer: pairs for pairs in block if pairs.model == model}
        ours = np.median([pairs.fmbench_rows_per_s for pairs in row.values()])
        speeds = [float(np.median(row[peer].rows_per_s)) for peer in peers]
        against = [None if reasons[id(row[peer])] else row[peer].ratio for peer in peers]
        # One peer that cannot be compared may have been the fastest.
        fastest = None if None in against else min(against)
        ratios.append([*against, fastest])
        lines.append([model, _k(ours), *map(_k, speeds), *map(_times, ratios[-1])])
    means = [_geometric_mean(column) for column in zip(*ratios, strict=True)]
    lines.append(["geometric mean", "", *[""] * len(peers), *map(_times, means)])
    headers = ["model", "fmbench", *peers, *(f"× {peer}" for peer in peers), "× fastest"]
    right = ("left", *["right"] * (len(headers) - 1))
    return tabulate(lines, headers, tablefmt="github", colalign=right, disable_numparse=True)


def _losses(result: Result, peers: Sequence[str], batches: Sequence[int]) -> str:
    columns = list(product(peers, MODES))
    lines = []
    for batch_size in batches:
        for model in dict.fromkeys(pairs.model for pairs in result.pairs):
            row = {(p.peer, p.mode): p for p in result.of(model=model, batch_size=batch_size)}
            ours = next(iter(row.values())).fmbench_loss
            theirs = [_spread(row[column].loss) for column in columns]
            reach = f"{noise(result, model, batch_size):.4f}"
            lines.append([str(batch_size), model, _spread(ours), *theirs, reach])
    names = (f"{peer}, {mode.replace('_', ' ')}" for peer, mode in columns)
    headers = ["batch", "model", "fmbench", *names, "noise"]
    return tabulate(lines, headers, tablefmt="github", disable_numparse=True)


def _refused(result: Result, reasons: dict[int, str | None]) -> Iterator[str]:
    refused = [pairs for pairs in result.pairs if reasons[id(pairs)]]
    if not refused:
        yield f"All {len(result.pairs)} pairs reach the same loss within seed noise."
    for p in refused:
        yield (
            f"- No ratio for {p.peer}, {p.mode.replace('_', ' ')}, {p.model}, "
            f"batch {p.batch_size}: {reasons[id(p)]}."
        )


def _geometric_mean(ratios: Sequence[float | None]) -> float | None:
    return None if None in ratios else float(np.exp(np.mean(np.log(ratios))))


def _k(rows_per_s: float) -> str:
    return f"{rows_per_s / 1000:,.1f}"


def _times(ratio: float | None) -> str:
    return NONE if ratio is None else f"{ratio:.2f}"


def _spread(losses: Sequence[float]) -> str:
    return f"{np.mean(losses):.4f} ± {np.std(losses, ddof=1):.4f}"
