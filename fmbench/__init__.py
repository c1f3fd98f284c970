"""fmbench: a benchmark suite for factorization models."""
