"""The micro benchmarks at their smallest, once each without a clock: what they time is right."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_each_does_what_its_formula_says() -> None:
    command = [sys.executable, "-m", "pytest", "benchmarks/micro", "--benchmark-disable", "-q"]
    command += ["-k", "not 256 and not 2048 and not 1000000"]
    # A session of its own: what it sets for the whole process must not reach other tests.
    own = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
    done = subprocess.run(command, cwd=ROOT, env=own, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    assert "20 passed" in done.stdout
