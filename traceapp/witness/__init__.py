"""A witness: a small program for another body than the log's operator. It remembers one checkpoint of each log that it
follows and cosigns a new one only if that continues it. It imports the core and nothing else of this project.
"""
