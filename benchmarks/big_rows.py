"""Print what one epoch of fm takes on 1, 10 and 100 million rows with the same tables.

    python benchmarks/big_rows.py [ROWS...]

Each is a `fmbench run` of its own on `few-users`, 100,000 rows to validate and 100,000 to test, so
that only the training rows grow. Peak memory is that of the cell's process, which finds the rows
encoded. Encoding 100 million rows takes 10 GB of memory, minutes, and 2 GB of cache.
"""

import subprocess
import sys
import tempfile
from pathlib import Path

from fmbench.record import Record
from fmbench.store import Store

PLUGIN = Path(__file__).with_name("few_users.py")
HELD_OUT = 100_000


def measure(rows: int, store: str) -> Record:
    """Train on so many rows and return the record."""
    share = HELD_OUT / rows
    options = {
        "data.rows": rows,
        "data.duplicates": "keep",
        "data.ratios": [round(1 - 2 * share, 6), share, share],
        "train.max_epochs": 1,
    }
    sets = [part for key, value in options.items() for part in ("--set", f"{key}={value}")]
    command = [sys.executable, "-m", "fmbench", "run", "--plugin", str(PLUGIN), "--out", store]
    command += ["--dataset", "few-users", "--models", "fm", "--seeds", "1", "--jobs", "1", *sets]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    (record,) = Store(Path(store)).read()
    return record


def main() -> None:
    """Print a line for each number of rows."""
    print(f"{'rows':>12}{'path':>8}{'seconds':>10}{'rows/s':>12}{'peak MiB':>10}{'test AUC':>10}")
    for rows in map(int, sys.argv[1:] or (1_000_000, 10_000_000, 100_000_000)):
        with tempfile.TemporaryDirectory() as store:
            record = measure(rows, store)
        (rate,) = record.samples["train_samples_per_s"]
        seconds, path = record.curve[0].seconds, record.environment["engine"]
        peak, auc = record.peak_rss_mib, record.metrics["test"]["auc"]
        print(f"{rows:12,}{path:>8}{seconds:10.1f}{rate:12,.0f}{peak:10,.0f}{auc:10.4f}")


if __name__ == "__main__":
    main()
