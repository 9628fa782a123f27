"""Scans: counted, looked through for copies, forgotten."""
