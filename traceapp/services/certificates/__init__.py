"""Certificates: declared, confirmed, looked after."""
