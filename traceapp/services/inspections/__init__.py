"""Inspections, their reports, and what an inspector's phone carries."""
