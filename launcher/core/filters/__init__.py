"""The language of the filters: what is written in one is turned into a condition.

``language.py`` is where a text goes in and a :class:`~.language.WrittenFilter` comes out,
``fields.py`` the table of what can be asked for, ``predicates.py`` makes a function of a row
in memory of a condition, ``completion.py`` finds what may be written next. A history is searched by
the same condition; see ``launcher/core/logs/history/conditions.py``.
"""
