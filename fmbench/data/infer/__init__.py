"""Inference: what the columns of a table are, and what is to be made of them, from the first rows.

Everything here is a proposal: each has its reason, and each can be overruled.
"""
