"""What `make bench` measures: figures as ratios to a bare floor, both sides in one run. The host is shared, so only ratios
mean anything."""
