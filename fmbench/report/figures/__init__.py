"""The figures of the main page, each from the rows of a table or its records."""

from fmbench.report.figures.calibration import reliability as reliability
from fmbench.report.figures.curves import curves as curves
from fmbench.report.figures.front import front as front
from fmbench.report.figures.matrix import differences as differences
from fmbench.report.figures.quality import quality as quality
from fmbench.report.figures.slices import served as served
from fmbench.report.figures.spans import latency as latency
from fmbench.report.figures.spans import speed as speed
