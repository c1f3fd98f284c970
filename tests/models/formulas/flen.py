"""Chen et al., 2019: each pair of fields, weighed by the groups that the two are of."""

from itertools import combinations, combinations_with_replacement

from naive import dot, flat, hadamard, linear, lookup, mlp
from torch import nn


def logit(model: nn.Module, row: list[int]) -> float:
    vectors = lookup(model.embedding, row)
    roles = [field.role for field in model.embedding.fields]
    groups = [role for role in ("user", "item", None) if role in roles]
    across = list(combinations(groups, 2))
    within = [(role, role) for role in groups if roles.count(role) > 1]
    weights = dict(zip([*across, *within], model.pairwise.weight.tolist(), strict=True))
    (output,) = model.output.weight.tolist()
    total = linear(model.linear, row) + mlp(model.mlp, flat(vectors))
    for one, other in combinations_with_replacement(groups, 2):
        for f, g in combinations(range(len(vectors)), 2):
            if sorted(map(str, (roles[f], roles[g]))) == sorted(map(str, (one, other))):
                total += weights[one, other] * dot(output, hadamard(vectors[f], vectors[g]))
    return total
