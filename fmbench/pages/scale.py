"""Scales: from values to places in a figure, and the round values that an axis is marked at."""

import math
from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Scale:
    """A straight or logarithmic axis from `low` at `start` to `high` at `end`."""

    low: float
    high: float
    start: float
    end: float
    is_log: bool = False

    def __call__(self, value: float) -> float:
        """Return where a value stands, to a tenth of a pixel."""
        low, high, at = (self._along(x) for x in (self.low, self.high, value))
        return round(self.start + (self.end - self.start) * (at - low) / (high - low), 1)

    def ticks(self) -> list[float]:
        """Return round values within the axis, about five."""
        return _decades(self.low, self.high) if self.is_log else _steps(self.low, self.high)

    def _along(self, value: float) -> float:
        return math.log10(value) if self.is_log else value


def fitted(
    values: Iterable[float], start: float, end: float, *, is_log: bool = False, room: float = 0.06
) -> Scale:
    """Return an axis that holds all values, with some room at both ends."""
    known = [value for value in values if math.isfinite(value) and (value > 0 or not is_log)]
    low, high = (min(known), max(known)) if known else (1.0, 2.0)
    if is_log:
        # Marks lie at most a factor of 2.5 apart, so an axis this long shows one of them.
        spread = max((high / low) ** room, math.sqrt(2.6 * low / high))
        return Scale(low / spread, high * spread, start, end, True)
    size = max(abs(low), abs(high), 1e-12)
    # Marks between values that differ by rounding alone could not be told apart.
    spread = (high - low) * room if high - low > 1e-9 * size else size * room
    return Scale(low - spread, high + spread, start, end)


def written(value: float, step: float) -> str:
    """Write a mark of a straight axis: as many digits as its step needs."""
    digits = max(0, -math.floor(math.log10(step) + 1e-9))
    digits += round(step * 10**digits, 6) % 1 > 0  # 0.025 has one digit more than 0.02
    return f"{value:.{digits}f}".replace("-", "−")


def short(value: float) -> str:
    """Write a mark of a logarithmic axis: 20M, 500k, 0.2."""
    for size, unit in ((1e9, "G"), (1e6, "M"), (1e3, "k")):
        if value >= size:
            return f"{value / size:g}{unit}"
    return f"{value:g}"


def _steps(low: float, high: float) -> list[float]:
    rough = (high - low) / 5
    size = 10.0 ** math.floor(math.log10(rough))
    step = next(size * factor for factor in (1, 2, 2.5, 5, 10) if size * factor >= rough)
    first = math.ceil(low / step - 1e-9)
    return [i * step for i in range(first, math.floor(high / step + 1e-9) + 1)]


def _decades(low: float, high: float) -> list[float]:
    """Return powers of ten and, on a shorter axis, what lies between them."""
    ratio = high / low
    factors: tuple[float, ...] = (1,) if ratio > 1e4 else (1, 3) if ratio >= 50 else (1, 2, 5)
    if ratio < 4:
        factors = (1, 1.5, 2, 3, 4, 5, 6, 8)
    powers = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    every = [factor * 10.0**power for power in powers for factor in factors]
    return [value for value in every if low <= value <= high]
