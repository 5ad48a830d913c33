"""What belongs to one page: a server's, or that of a HAR file. GUI thread only.

Each module is one thing that a page does; :mod:`launcher.server_page` connects them.
"""
