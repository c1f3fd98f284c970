"""README, docs/ and CONTRIBUTING.md say what the program does; documentation that drifts fails."""

import argparse
import json
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from textwrap import dedent, indent
from xml.etree import ElementTree

import msgspec
import numpy as np
import pytest

from fmbench.ablation import read_plan
from fmbench.api.suites import specs
from fmbench.cli._suite import content
from fmbench.cli.main import VERBS, main, parser
from fmbench.contract import check_model
from fmbench.contract.suite import CHECKS
from fmbench.data import DATASETS, OPTIONAL, SHARED, Where
from fmbench.data.registry import SOURCES
from fmbench.gate import rates
from fmbench.gate.show import MARKER
from fmbench.harness import Setting, run
from fmbench.models import CORE, MODELS
from fmbench.registry import load_plugin
from fmbench.report.leaderboard import HEADERS
from fmbench.spec import PROTOCOL, read_suite

ROOT = Path(__file__).parents[1]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
CONTRIBUTING = ROOT / "CONTRIBUTING.md"
DOCS = "\n".join(page.read_text(encoding="utf-8") for page in PAGES)


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", DOCS, re.DOTALL)


def cells(pattern: str) -> Iterator[list[str]]:
    """Return the cells, without backticks, of every table row that matches."""
    for line in DOCS.splitlines():
        if re.match(pattern, line):
            row = re.split(r"(?<!\\)\|", line.strip("|"))
            yield [cell.strip().replace("`", "").replace("\\|", "|") for cell in row]


@pytest.mark.parametrize("page", [*PAGES, CONTRIBUTING], ids=lambda page: page.name)
def test_every_link_leads_somewhere(page: Path) -> None:
    links = re.findall(r"\]\(([^)#]+)[^)]*\)", page.read_text(encoding="utf-8"))
    assert all(":" in link or (page.parent / link).exists() for link in links), links


def test_the_readme_leads_to_every_page() -> None:
    readme = PAGES[0].read_text(encoding="utf-8")
    assert [page.name for page in PAGES[1:] if f"](docs/{page.name})" not in readme] == []


def test_the_readme_is_short() -> None:
    """Its table apart, which grows with the models."""
    head, _, rest = PAGES[0].read_text(encoding="utf-8").partition("<!-- table -->")
    assert len((head + rest.partition("<!-- /table -->")[2]).splitlines()) < 190


def test_contributing_knows_every_room() -> None:
    rows = re.findall(r"^\| (`.*?) \|", CONTRIBUTING.read_text(encoding="utf-8"), re.MULTILINE)
    rooms = [name.rstrip("/") for row in rows for name in re.findall("`(.*?)`", row)]
    package = ROOT / "fmbench"
    modules = {path.stem for path in package.glob("[!_]*.py")}
    folders = {str(path.parent.relative_to(package)) for path in package.rglob("__init__.py")}
    inner = {folder for folder in folders if folder.startswith(("data/", "engine/", "executors/"))}
    outer = {folder for folder in folders if "/" not in folder} - {"."}
    assert sorted(rooms) == sorted(modules | outer | inner)


def verb_parsers() -> dict[str, argparse.ArgumentParser]:
    (verbs,) = (a for a in parser()._actions if isinstance(a, argparse._SubParsersAction))
    return dict(verbs.choices)


def test_every_option_of_every_verb_stands_in_the_docs_and_no_other() -> None:
    documented = {(row[0], verb) for row in cells(r"\| `--") for verb in row[1].split(", ")}
    known = {
        (option, verb)
        for verb, sub in verb_parsers().items()
        for action in sub._actions
        for option in action.option_strings
        if option not in ("-h", "--help") and action.help != argparse.SUPPRESS
    }
    assert documented == known


def test_every_verb_stands_in_the_docs() -> None:
    verbs = {row[0].split()[0] for row in cells(rf"\| `({'|'.join(VERBS)})[ `]")}
    assert verbs == set(VERBS)


def test_training_defaults_stand_in_the_docs() -> None:
    documented = {row[0].removeprefix("train."): row[1] for row in cells(r"\| `train\.")}
    defaults = msgspec.structs.asdict(PROTOCOL)
    assert documented == {
        key: "none" if default is None else str(default) for key, default in defaults.items()
    }


def test_data_defaults_stand_in_the_docs() -> None:
    documented = {row[0].removeprefix("data."): row[1] for row in cells(r"\| `data\.")}
    defaults = {**SHARED, **OPTIONAL}
    assert documented == {
        key: "none" if default is None else str(default) for key, default in defaults.items()
    }


def test_exit_codes_stand_in_the_docs_as_in_the_help() -> None:
    documented = {row[0].split(",")[0] for row in cells(r"\| [0-9]")}
    assert documented == set(re.findall(r"^  ([0-9]+)", parser().format_help(), re.MULTILINE))


def test_every_command_of_the_docs_parses() -> None:
    lines = [line for block in blocks("bash") for line in block.splitlines() if "fmbench" in line]
    commands = [line for line in lines if line.startswith("fmbench ")]
    assert len(commands) >= 4
    for command in commands:
        args = parser().parse_args(shlex.split(command, comments=True)[1:])
        if args.verb == "run" and not args.suite:
            assert content(args)


def test_ci_runs_the_docs_way_to_the_tests() -> None:
    (command,) = (b.strip() for b in blocks("bash") if "pytest" in b)
    script = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    assert all(part in script.splitlines() for part in command.split(" && "))


def test_ci_runs_the_docs_workflow() -> None:
    (job,) = blocks("yaml")
    workflow = (ROOT / ".github" / "workflows" / "ci.yml").read_text(encoding="utf-8")
    assert indent(job, "  ") in workflow


def script() -> str:
    """Return the last script of the workflow: it shows a check as a comment."""
    (job,) = blocks("yaml")
    return dedent(job.rpartition("run: |\n")[2])


GH = """#!/bin/sh
echo "$@" >> calls
case "$*" in *--jq*) cat old ;; esac
"""


def test_the_workflow_updates_its_comment(tmp_path: Path) -> None:
    (tmp_path / "gh").write_text(GH, encoding="utf-8")
    (tmp_path / "gh").chmod(0o755)
    environment = {
        "PATH": f"{tmp_path}:{os.defpath}",
        "COMMENTS": "repos/a/b/issues",
        "NUMBER": "7",
    }

    def calls(old: str, check: str) -> list[str]:
        (tmp_path / "old").write_text(old)
        (tmp_path / "gate.md").write_text(check)
        (tmp_path / "calls").write_text("")
        command = ["bash", "-eo", "pipefail", "-c", script()]
        subprocess.run(command, cwd=tmp_path, env=environment, check=True)
        return (tmp_path / "calls").read_text().splitlines()

    assert MARKER in script()
    assert calls("", "") == []
    assert calls("", "x")[1:] == ["api repos/a/b/issues/7/comments -F body=@gate.md"]
    updated = "api --method PATCH repos/a/b/issues/comments/12 -F body=@gate.md"
    assert calls("11\n12\n", "x")[1:] == [updated]


def test_the_shell_example_of_the_docs_runs(tmp_path: Path) -> None:
    """On a small suite, offline, as any CI would: the base is run once and kept."""
    (example,) = (block for block in blocks("sh") if "junit" in block)
    suite = 'dataset = "kmrd-synth"\nmodels = ["lr"]\nseeds = 1\ndata = { rows = 1000 }\n'
    suite += "train = { max_epochs = 1 }\n"
    (tmp_path / "benchmarks").mkdir()
    (tmp_path / "benchmarks" / "smoke.toml").write_text(suite, encoding="utf-8")
    shim = tmp_path / "bin" / "fmbench"
    shim.parent.mkdir()
    shim.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m fmbench "$@"\n', encoding="utf-8")
    shim.chmod(0o755)
    path = {"PATH": f"{shim.parent}:{os.environ['PATH']}", "PYTHONPATH": str(ROOT)}
    command = ["bash", "-eu", "-c", example]
    subprocess.run(command, cwd=tmp_path, env=os.environ | path, check=True, capture_output=True)
    check = ElementTree.parse(tmp_path / "gate.xml").getroot()
    assert check.get("failures") == check.get("errors") == "0"
    assert int(check.get("tests", 0)) >= 4


def test_the_error_rates_of_the_docs_are_those_that_are_kept() -> None:
    shown = DOCS.partition("<!-- rates -->\n")[2].partition("<!-- /rates -->")[0]
    kept = [line.removesuffix(".") for line in rates.kept_in(ROOT / "results" / "noise")]
    parted = [line.partition(": ") for line in kept]
    lists = [(head, "".join(f"- {c}\n" for c in rest.split("; "))) for head, _, rest in parted]
    assert shown == "\n".join(f"{head}:\n\n{counts}" for head, counts in lists)


def test_the_readme_says_how_often_the_gate_cries_wolf() -> None:
    kept = rates.read(rates.path_of(rates.SEEDS, ROOT / "results" / "noise"))
    assert kept is not None
    (alarms,) = (rate for rate in kept.rates if "different seeds" in rate.what)
    said = f"a false alarm in {alarms.hits} of {alarms.trials:,} checks of 45 unchanged cells"
    assert said in " ".join(PAGES[0].read_text(encoding="utf-8").split())


def test_the_suite_of_the_docs_is_one(tmp_path: Path) -> None:
    plan, block = blocks("toml")
    path = tmp_path / "suite.toml"
    path.write_text(block, encoding="utf-8")
    suite = read_suite(path)
    assert suite.model == {"deepfm": {"mlp_dims": [128, 64]}}
    assert suite.data == {"fields": "full", "split": "temporal"}
    path.write_text(plan, encoding="utf-8")
    assert list(read_plan(path).variants) == ["no deep part", "no pairwise term"]


def test_the_table_of_the_docs_is_of_registered_models() -> None:
    """Of the core models at least: a new one is no reason to edit the README."""
    rows = cells(r"\| [a-z_0-9]+ +\| [0-9][^|]*\| +[0-9.]+[kM] \| 0\.")
    assert set(CORE) <= {row[0] for row in rows} <= set(MODELS)
    (headers,) = cells(r"\| model +\| tie ")
    assert headers == [header.replace("\n", " ") for header in HEADERS]


def test_the_page_of_datasets_says_what_each_declares() -> None:
    declared = {name: entry for name, entry in DATASETS.items() if "home" in entry.about}
    rows = {row[0]: row[1:] for row in cells(r"\| `[a-z0-9-]+` \|.*\| (MD5|not known)")}
    assert sorted(rows) == sorted(declared)
    for name, (count, _, label, split, checksum) in rows.items():
        entry, source = declared[name], SOURCES[name]
        assert label == entry.defaults["label"]
        assert split.split(";")[0] == source.shared.get("split", "random")
        pinned = [*source.checksums.values(), *filter(None, source.files.values())]
        assert checksum.startswith("MD5" if pinned else "not known")
        if "rows" in entry.about:
            assert count.split()[0] == f"{entry.about['rows']:,}"
    homes = "\n".join(row[2] for row in cells(r"\| `[a-z0-9-]+` \|.*, 20\d\d \|$"))
    fetched = [name for name in declared if name.startswith("ml-")]
    for name in declared.keys() - set(fetched):
        assert (
            str(declared[name].about["home"]).removeprefix("https://www.").removeprefix("https://")
            in homes
        )


@pytest.mark.parametrize(
    "suite", sorted((ROOT / "benchmarks").glob("*.toml")), ids=lambda p: p.name
)
def test_every_suite_that_is_shipped_resolves(suite: Path) -> None:
    args = parser().parse_args(["run", str(suite)])
    _, resolved = specs(content(args), Where())
    assert resolved


def test_the_model_of_the_docs_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(MODELS, "_entries", dict(MODELS._entries))
    plugin = tmp_path / "product.py"
    plugin.write_text(blocks("python")[0], encoding="utf-8")
    load_plugin(plugin)
    flags = "run --dataset kmrd-synth --models product --seeds 1 --set data.rows=1000"
    args = parser().parse_args([*flags.split(), "--set", "train.max_epochs=1"])
    _, (spec,) = specs(content(args), Where())
    assert run(spec, Setting()).status == "ok"
    assert [check for check in check_model("product") if check.failure] == []


def test_the_docs_count_the_points_of_the_contract() -> None:
    assert f" {len(CHECKS)} points" in DOCS


def test_the_dataset_of_the_docs_runs(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rng = np.random.default_rng(0)
    rows = np.stack([rng.integers(0, top, 400) for top in (30, 20, 24, 2)], axis=1)
    times = 1_500_000_000 + np.arange(400)[:, None]
    np.savetxt(tmp_path / "clicks.tsv", np.hstack([rows, times]), fmt="%d", delimiter="\t")
    plugin = tmp_path / "clicks.py"
    plugin.write_text(blocks("python")[1], encoding="utf-8")
    flags = f"data audit clicks --plugin {plugin} --data-dir {tmp_path} --format json"
    assert main(shlex.split(flags)) == 0
    facts = json.loads(capsys.readouterr().out)
    assert facts["raw"]["rows"] == 400
    assert facts["args"]["label"] == "rate>0"
