"""Organisations, places and products: registered, described, set up."""
