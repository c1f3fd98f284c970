"""`kill -9` at random moments of a running sweep, many times; see killing.py."""

import json
import random
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="there is no /proc")


@pytest.mark.parametrize(
    "kills", [8, pytest.param(200, marks=[pytest.mark.slow, pytest.mark.timeout(3600)])]
)
def test_what_is_announced_is_never_lost_or_doubled_and_resumes_to_the_same_bits(
    kills: int, tmp_path: Path
) -> None:
    seed = random.SystemRandom().randrange(2**32)
    program = Path(__file__).with_name("killing.py")
    command = [sys.executable, str(program), str(tmp_path), str(kills), str(seed)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"seed {seed}: {done.stderr[-2000:]}"
    counts = json.loads(done.stdout)
    sys.stdout.write(f"\n{counts}\n")
    assert counts["at_work"] >= kills
    assert counts["records"] == 6 * counts["stores"]
