"""Tables that come in and go out: layouts, cells, rows, and when two rows are one thing."""
