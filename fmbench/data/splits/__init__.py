"""Splits: label rule, duplicates, the three parts, and the audit of what they hold."""
