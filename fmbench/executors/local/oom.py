"""The processes that the kernel killed for want of memory."""

from pathlib import Path

VMSTAT = Path("/proc/vmstat")


def kills() -> int:
    """Return how many processes Linux has killed so far because memory ran out; else 0.

    The count is the machine's: in a memory-limited group, too, it moves when a process is killed.
    """
    try:
        lines = VMSTAT.read_text(encoding="ascii").splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) for line in lines if line.startswith("oom_kill ")), 0)
