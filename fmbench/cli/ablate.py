"""fmbench ablate: run a plan's variants, report each against its base."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from fmbench.cli import _cells, _common

if TYPE_CHECKING:
    from fmbench.ablation import Plan, Study
    from fmbench.data import Where

SUMMARY = "run variants of a base by plan, report which parts are needed"
DESCRIPTION = """Run the variants of each PLAN.toml over its seeds, as far as the store does not
hold them yet, and report each against its base: needed, not needed, harmful, or open.

A plan is fixed before it runs: the store keeps it, and refuses another one of its name. `fmbench
report DIR --ablations` shows the reports again from the store alone."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the flags of `fmbench ablate`."""
    parser.add_argument("plans", nargs="+", type=Path, metavar="PLAN.toml", help="what to vary")
    _common.add_data_dir(parser)
    _common.add_plugins(parser)
    _cells.add_arguments(parser)
    parser.add_argument(
        "--out", type=Path, default=Path("runs"), metavar="DIR", help="the store (default: runs)"
    )
    _common.add_format(parser)


def call(args: argparse.Namespace) -> int:
    """Run plans and show what came of them."""
    cells = _cells.read(args)

    from fmbench.ablation import keep, read_plan, show

    plans = [read_plan(path) for path in args.plans]
    _common.load_plugins(args.plugin)

    from fmbench.api import studies
    from fmbench.cli._progress import progress
    from fmbench.data import Where
    from fmbench.executors import sweep
    from fmbench.harness import Setting
    from fmbench.store import Store

    where = Where(args.data_dir)
    setting = Setting(where, **cells)
    designed = [_design(plan, where) for plan in plans]
    store = Store(args.out)
    store.check()
    for study in designed:
        keep(study, store.root)
    specs = {(s.case, s.seed): s for study in designed for s in study.specs()}
    with progress("cells") as watch:
        records = sweep(list(specs.values()), setting, store, plugins=args.plugin, watch=watch)
    studies.ask(designed, records, store, where)
    _common.put(show(studies.analyses(designed, records, store), records, args.format))
    return 0 if all(record.status == "ok" for record in records) else 4


def _design(plan: "Plan", where: "Where") -> "Study":
    from fmbench import data
    from fmbench.ablation import design
    from fmbench.harness import count_weights, resolve
    from fmbench.models import MODELS

    return design(
        plan,
        arguments=lambda model: MODELS[model].defaults,
        resolve=lambda spec: resolve(spec, where),
        size=lambda spec: count_weights(
            spec, data.load(spec.dataset, spec.dataset_args, where).fields
        ),
    )
