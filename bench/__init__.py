"""What `make bench` measures: ratios to a bare floor, both sides in one run.

Absolute figures drift with the machine and its neighbours: only ratios are compared.
"""
