"""A monitor: a small program for whoever is recorded about. It follows the log, proves that it only grows, and tells of
every record made in one's name that one does not know. It imports the core and nothing else of this project.
"""
