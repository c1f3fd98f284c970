"""Kernels of Gibbs sampling: random numbers, and draws of a field's weights given all others."""
