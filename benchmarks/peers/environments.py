"""An environment of its own for each peer, made once from a pinned requirement file."""

import hashlib
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

from filelock import FileLock

HERE = Path(__file__).parent


def python_of(peer: str, folder: Path) -> Path:
    """Return the Python of a peer's environment in `folder`, making it if need be.

    pip's default index is asked, whatever it is set to on this machine; on Linux that decides
    whether torch comes with gigabytes of GPU libraries.

    Raises:
        CalledProcessError: The environment cannot be made.
    """
    requirements = HERE / f"{peer}.txt"
    decides = requirements.read_bytes() + sys.version.encode()
    home = folder / f"{peer}-{hashlib.sha256(decides).hexdigest()[:8]}"
    scripts = sysconfig.get_path("scripts", "venv", vars={"base": str(home), "platbase": str(home)})
    python = Path(scripts) / "python"
    complete = home / "complete"
    folder.mkdir(parents=True, exist_ok=True)
    with FileLock(folder / f"{home.name}.lock"):
        if not complete.exists():
            print(f"making an environment for {peer}", file=sys.stderr)
            shutil.rmtree(home, ignore_errors=True)
            subprocess.run([sys.executable, "-m", "venv", home], check=True)
            install = ["-m", "pip", "--disable-pip-version-check", "install", "--quiet", "-r"]
            subprocess.run([python, *install, requirements], check=True)
            complete.touch()
    return python
