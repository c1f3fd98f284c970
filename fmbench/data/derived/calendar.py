"""Calendar columns: what a UNIX time says about the hour, the day and the season."""

from collections.abc import Mapping
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import numpy as np

from fmbench.data.columns import Column, IntArray
from fmbench.data.encoding.maps import release

KST = 9 * 3600
"""Seconds that Korea is ahead of UTC, all year; KMRD's ratings were given there."""

_CHUNK = 1 << 20
_THURSDAY = 3  # 1970-01-01, counted from Monday


def calendar_columns(time: IntArray, zone: int | str) -> Mapping[str, Column]:
    """Return hour (0 to 23), weekday (0 is Monday) and month (1 to 12) of UNIX seconds `[n]`.

    `zone` is the local time's distance from UTC in seconds, or the IANA name of its zone.
    """
    ahead = zone if isinstance(zone, int) else 0 if zone == "UTC" else ZoneInfo(zone)
    hour, weekday, month = (np.empty(len(time), dtype=np.uint8) for _ in range(3))
    for start in range(0, len(time), _CHUNK):
        part = slice(start, start + _CHUNK)
        utc = time[part].astype(np.int64)
        local = utc + (ahead if isinstance(ahead, int) else _offsets(utc, ahead))
        days = local // 86_400
        hour[part] = local // 3_600 % 24
        weekday[part] = (days + _THURSDAY) % 7
        release([time])
        month[part] = days.astype("datetime64[D]").astype("datetime64[M]").astype(np.int64) % 12
    return {
        "hour": Column(np.arange(24), hour),
        "weekday": Column(np.arange(7), weekday),
        "month": Column(np.arange(1, 13), month),
    }


def _offsets(utc: IntArray, zone: ZoneInfo) -> IntArray:
    """Return the distance from UTC of each time, which changes at quarters of an hour alone."""
    quarters, place = np.unique(utc // 900, return_inverse=True)
    times = (datetime.fromtimestamp(quarter * 900, UTC) for quarter in quarters.tolist())
    offsets = [zone.utcoffset(time.astimezone(zone)) for time in times]
    return np.array([each.total_seconds() if each else 0 for each in offsets], np.int64)[place]
