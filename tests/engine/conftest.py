"""Trains as a cell does."""

from few_rows import one_thread as one_thread
