"""Where a number was measured: an allow-list of facts, none of them private.

No host name, user, path or remote address is among them. Words that come from elsewhere, such as
an error's, lose what is private before they are kept.
"""

import hashlib
import os
import platform
import re
import subprocess
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

PACKAGES = ("fmbench", "torch", "numba", "numpy", "scipy")

_SECRET = re.compile(r"TOKEN|KEY|SECRET|PASS|CREDENTIAL|AUTH", re.IGNORECASE)
"""A word that marks the name of an environment variable as one that holds a secret."""
_SHORTEST_SECRET = 6
"""Characters; a shorter value would be found in innocent words."""
_PLACES = {"HOME", "USERPROFILE", "PWD"}
"""Variables that name folders, which are found without quotes and with blanks in them."""
_FOLDERS = re.compile(
    r"""(?<=["'])(?:/|[A-Za-z]:[\\/])[^"'\n]*[\\/](?=[^"'\\/\n])"""  # in quotes: blanks too
    r"""|(?<![\w:/.])(?:[A-Za-z]:)?(?:[\\/][^\\/\s"']+)+[\\/](?=[^\\/\s"'])"""
)
_LOGIN = re.compile(r"(?<=://)[^/\s@]+@")


def without_private(text: str) -> str:
    """Return text whose absolute paths are file names, and whose URLs and words hold no secret.

    A secret is the value of an environment variable that is named as one.
    """
    for name, value in os.environ.items():
        if _SECRET.search(name) and len(value) >= _SHORTEST_SECRET:
            text = text.replace(value, "***")
        elif name in _PLACES and len(value) > 1:
            text = text.replace(value + os.sep, "")
    return _FOLDERS.sub("", _LOGIN.sub("", text))


@cache
def describe() -> dict[str, Any]:
    """Return versions, processor and commit; what a cell adds (threads, device) is its own."""
    return {
        "python": platform.python_version(),
        "system": f"{platform.system()} {platform.machine()}",
        "cpu": _cpu_model(),
        "cores": _cores(),
        "packages": {name: _version(name) for name in PACKAGES},
        **_commit(),
    }


@cache
def code(*others: Path) -> str:
    """Return a hash of fmbench's source and of other files: what a commit does not say."""
    whole = hashlib.sha256()
    for path in (*sorted(Path(__file__).parent.rglob("*.py")), *others):
        whole.update(hashlib.sha256(path.read_bytes()).digest())
    return whole.hexdigest()


def _version(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None


def _cores() -> int | None:
    # The cores that this process may use, where the system says so: not all of the machine's.
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()


def _cpu_model() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor()
    models = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(models, platform.processor())


def _commit() -> dict[str, Any]:
    """Return the commit of the checkout that this code runs from, if it is one."""
    root = Path(__file__).parents[1]
    if not (root / ".git").exists():
        return {"commit": None, "dirty": None}
    try:
        head = _git(root, "rev-parse", "--short=12", "HEAD")
        dirty = bool(_git(root, "status", "--porcelain", "--untracked-files=no"))
    except (OSError, subprocess.CalledProcessError):
        return {"commit": None, "dirty": None}
    return {"commit": head, "dirty": dirty}


def _git(root: Path, *words: str) -> str:
    command = ["git", "-C", str(root), *words]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()
