"""httpbin, made to take chunked uploads: it refuses them from servers other than gunicorn.

Both servers of the comparison hand them over as PEP 3333 and ``wsgi.input_terminated`` want it,
so that all httpbin lacks is the name. Not a test.
"""

from httpbin import app as httpbin


def app(environ, start_response):
    environ["SERVER_SOFTWARE"] = "gunicorn/0"
    return httpbin(environ, start_response)
