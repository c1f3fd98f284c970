"""The page of results: tables, figures and sentences, from records alone.

The same records give the same bytes. What needs predictions, which are kept out of git, was asked
when they were there and stands in `pairs.json` beside the records.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import msgspec
from results_figures import effort, figure

from fmbench.pages import render
from fmbench.pages.escape import markdown
from fmbench.pages.page import Section, listing
from fmbench.record import Record
from fmbench.report import Table, build_pairs, leaderboard, machine, split_tables, tuning, words
from fmbench.report.conclusions import WORDS, Conclusions, conclude
from fmbench.report.pairs import MARGINS, Pair, section
from fmbench.tuning import Search

HEAD = """\
# KMRD-small, all of it

{names} on {tables} kinds of rows: {records} records, {failed} of them of cells that failed.
This page is made of the records in `{name}/` alone, and of what their predictions said of each pair
(`{name}/pairs.json`).

```bash
pip install -c constraints.txt -e '.[baselines,figures]'
python benchmarks/results.py              # runs what is missing, makes this page anew
python benchmarks/results.py --check      # runs all of it again and compares every bit
fmbench report results/{name} --verify    # recomputes what can be had without running
```
"""

FOOT = """\
## What is not asked on this page

- Other data. All of it is one catalogue of ratings of 600 movies, a 10 against the rest.
- Other splits. Each table is of one; the random one was drawn once.
- Other machines. Speeds, times and memory are those of the machine named below each table.
- Differences between tables. Those of one split have the same test rows, but no pair spans two.
"""

FRONT = "<!-- table -->", "<!-- /table -->"
"""Between which the repository's README shows one of the tables."""


@dataclass(frozen=True, slots=True)
class Setting:
    """One table with what is said of it."""

    table: Table
    records: Sequence[Record]
    pairs: Mapping[str, Sequence[Pair]]
    """By metric."""
    searches: Sequence[Search]
    """What tuning found of each model on this data; none if its trials are not there."""

    @property
    def slug(self) -> str:
        """What its figure is called."""
        return "-".join(str(self.table.dataset_args[key]) for key in ("fields", "split"))

    def conclusions(self) -> dict[str, Conclusions]:
        """Return what its pairs settle and leave open, by metric."""
        return {m: conclude(self.table, pairs, m) for m, pairs in self.pairs.items()}


def settings(
    records: Sequence[Record], asked: str | None, trials: Sequence[Record] = ()
) -> list[Setting]:
    """Return the settings of all tables; what predictions said of pairs stands in `asked`.

    What records say of a pair is asked of them anew.

    Raises:
        ValueError: `asked`, the content of `pairs.json`, is not of these records.
    """
    found = [] if asked is None else json.loads(asked)["pairs"]
    known: dict[tuple[str, str], list[Pair]] = {}
    for each in found:
        key = each["fingerprint"], each["metric"]
        known.setdefault(key, []).append(msgspec.convert(each, Pair))
    result = []
    for table in split_tables(records):
        pairs = {metric: build_pairs(table, records, None, metric) for metric in MARGINS}
        if asked is not None:
            key = str(table.fingerprint)
            pairs = {m: _with_rows(of, known.get((key, m), [])) for m, of in pairs.items()}
        same = [r for r in records if r.spec.dataset_args == table.dataset_args]
        tried = [r for r in trials if r.spec.dataset_args == table.dataset_args]
        result.append(Setting(table, same, pairs, _searches(tried)))
    return result


def _searches(trials: Sequence[Record]) -> list[Search]:
    """Return the search of each model, its trials in the order in which they were drawn."""
    models = sorted({record.spec.model for record in trials})
    return [
        Search(m, sorted((r for r in trials if r.spec.model == m), key=_number)) for m in models
    ]


def _number(trial: Record) -> int:
    """Return a trial's number, with which its name ends."""
    return int(trial.spec.name.rpartition(" ")[2])


def _with_rows(pairs: Sequence[Pair], asked: Sequence[Pair]) -> list[Pair]:
    """Return the pairs of a metric with what their rows said when predictions were there.

    Raises:
        ValueError: Other pairs were asked, or other seeds.
    """
    told = {_named(pair): pair for pair in asked}
    if told.keys() != set(map(_named, pairs)):
        raise ValueError("pairs.json is not of these records; run benchmarks/results.py")
    found = [(pair, told[_named(pair)]) for pair in pairs]
    return [
        replace(pair, users_and_seeds=of.users_and_seeds, rows_p=of.rows_p) for pair, of in found
    ]


def _named(pair: Pair) -> tuple[str, str, float | None]:
    """Return which pair it is, and of which values."""
    return pair.better, pair.worse, pair.difference.mean


def page(name: str, found: Sequence[Setting]) -> str:
    """Return the page, as Markdown, of the store called `name`."""
    records = [record for setting in found for record in setting.records]
    failed = sum(record.status != "ok" for record in records)
    head = HEAD.format(
        name=name,
        names=markdown(", ".join(sorted({record.spec.name for record in records}))),
        tables=len(found),
        records=len(records),
        failed=failed,
    )
    blocks = [head, _overview(found)]
    for setting in found:
        blocks += _blocks(setting)
    return "\n\n".join(block.strip("\n") for block in [*blocks, FOOT]) + "\n"


def front(text: str, found: Sequence[Setting]) -> str:
    """Return the repository's README with the table that it shows, of ids and a random split."""
    (shown,) = (setting for setting in found if setting.slug == "ids-random")
    (whole,) = leaderboard.sections([shown.table])
    table = render.markdown([Section(grid=whole.grid)]).strip("\n")
    head, _, rest = text.partition(FRONT[0])
    return f"{head}{FRONT[0]}\n{table}\n{FRONT[1]}{rest.partition(FRONT[1])[2]}"


def pairs(found: Sequence[Setting]) -> str:
    """Return the content of `pairs.json`, its records asked anew."""
    each = [(s.table, pair) for s in found for of in s.pairs.values() for pair in of]
    return machine.pairs(each, "json") + "\n"


def figures(found: Sequence[Setting]) -> dict[str, str]:
    """Return the SVG files by name."""
    made = {f"{setting.slug}.svg": figure(setting.table) for setting in found}
    made |= {f"{s.slug}-effort.svg": effort(s.searches) for s in found if s.searches}
    return made


def _overview(found: Sequence[Setting]) -> str:
    rows = []
    for setting in found:
        best = [row for row in setting.table.rows if row.group == 1]
        auc = best[0].metrics["auc"] if best else None
        half = None if auc is None else auc.half_width
        rows.append(
            (
                words.title(setting.table),
                ", ".join(row.name for row in best),
                None if auc is None else f"{auc.mean:.4f}" + (f" ± {half:.4f}" if half else ""),
                len(setting.table.rows),
            )
        )
    headers = ("data", "cannot be told from the best by AUC", "AUC of the first", "of")
    return render.markdown([listing(headers, rows)])


def _blocks(setting: Setting) -> Iterator[str]:
    title = words.title(setting.table)
    yield f"## {markdown(title)}"
    yield f"![AUC and logloss of each model with 95 % intervals](figures/{setting.slug}.svg)"
    conclusions = setting.conclusions()
    yield _bullets("What can be concluded", [s for c in conclusions.values() for s in c.settled])
    yield _bullets("What cannot", [s for c in conclusions.values() for s in c.open])
    yield render.markdown(leaderboard.sections([setting.table])).replace(
        f"### {markdown(title)}", "### All numbers", 1
    )
    for metric, found in conclusions.items():
        if not found.pairs:
            continue
        heading = f"Differences in {WORDS[metric]}"
        pairs = setting.pairs[metric]
        yield _folded(heading, section("", found.pairs, pairs, metric, setting.table.drawn))
    yield _folded("Settings", _chosen(setting.records))
    if setting.searches:
        yield "### What tuning is worth"
        yield f"![Best validation logloss to expect of n trials](figures/{setting.slug}-effort.svg)"
        yield _folded("Trials", replace(tuning.section(setting.searches), title=""))


def _bullets(title: str, sentences: Sequence[str]) -> str:
    lines = [f"- {markdown(sentence)}." for sentence in sentences] or [
        "- Of these models, nothing."
    ]
    return "\n".join([f"### {title}", "", *lines])


def _folded(title: str, content: Section) -> str:
    """Return a section that is shown when asked for."""
    body = render.markdown([content])
    return f"<details><summary>{title}</summary>\n\n{body}\n\n</details>"


def _chosen(records: Sequence[Record]) -> Section:
    """Return what each model was trained with."""
    specs = {record.spec.case: record.spec for record in records}
    plain = {record.spec.case for record in records if record.curve}
    keys = ("lr", "l2_linear", "l2_embedding", "batch_size")
    rows = [
        (
            spec.name,
            *(getattr(spec.train, key) if case in plain else None for key in keys),
            ", ".join(f"{key} {value}" for key, value in spec.model_args.items()),
        )
        for case, spec in sorted(specs.items(), key=lambda item: (item[1].name, item[0]))
    ]
    return listing(("model", *keys, "arguments"), rows)
