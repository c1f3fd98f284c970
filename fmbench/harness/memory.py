"""Memory of this process."""

import sys


def peak_rss_mib() -> float | None:
    """Return the peak resident memory of this process; None where the system does not say."""
    try:
        import resource
    except ImportError:  # Windows
        return None
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / 2**20 if sys.platform == "darwin" else peak / 2**10
