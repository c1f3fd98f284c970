"""A spec whose run takes a moment."""

from few_rows import spec as spec
