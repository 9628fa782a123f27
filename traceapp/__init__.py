"""Traceability for small producers: signed records, a public log, labels and an honest verdict."""

__version__ = "0.1.0"
