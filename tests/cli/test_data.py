"""fmbench data: what its listings show, and what they leave out."""

from pathlib import Path

from .conftest import Cli

PLUGIN = """
from fmbench.data import Table, register_dataset

@register_dataset("bare")
def bare(folder):
    columns = {"kind": ["a", "b", "c"] * 20, "size": [0.1 * i for i in range(60)]}
    return Table.from_columns(columns, rate=["no", "yes", "yes"] * 20)
"""


def test_an_audit_lists_what_there_is_and_no_empty_row(tmp_path: Path, cli: Cli) -> None:
    plugin = tmp_path / "bare.py"
    plugin.write_text(PLUGIN)
    options = "--fields columns --set data.label=rate=yes"
    done = cli(f"data audit bare --plugin {plugin} {options} --format csv")
    assert (done.code, done.err) == (0, "")
    raw, splits = done.out.replace("\r", "").split("\n\n")
    assert raw.splitlines() == [
        "file,bare",
        "rows,60",
        'labels,"yes (66.7 %), no (33.3 %)"',
    ]
    names = [line.partition(",")[0].strip('"') for line in splits.splitlines()]
    assert names == [
        "split",
        "train: rows",
        "valid: rows",
        "test: rows",
        "rows dropped",
        "rows kept",
        "share of positives",
        "standard error of one test AUC (at 0.8)",
    ]
