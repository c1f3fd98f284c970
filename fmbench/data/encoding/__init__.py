"""Encoding: from raw columns to ids, kept on disk and mapped into memory."""
