"""Derived fields: columns made of others, from what was known at the time of each row."""
