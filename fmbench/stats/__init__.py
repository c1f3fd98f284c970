"""Statistics: what a handful of seeds can say, and how surely."""

from fmbench.stats.interval import Interval as Interval
from fmbench.stats.interval import t_interval as t_interval
