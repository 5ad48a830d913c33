"""What happens is kept: requests, errors, output, marks and runs of a project, in SQLite.

``history.py`` is for what fills it, ``reading.py`` for what shows it, ``schema.py`` is how it
lies in the file. ``writer.py`` has the one thread.
"""
