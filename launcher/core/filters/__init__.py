"""The language of the filters: what is written in one is turned into a condition.

``language.py`` is where a text goes in and a :class:`~.language.WrittenFilter` comes out,
``fields.py`` the table of what can be asked for, ``predicates.py`` what a condition says of a row
in memory, ``completion.py`` what may be written next. A history is searched by the same condition;
see ``launcher/core/logs/history/conditions.py``.
"""
