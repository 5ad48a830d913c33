"""The moments of a request that other code can listen to, as blinker signals.

Thread: a receiver runs in the thread that sends, which is the thread of the request.
Every signal is sent with the :class:`~framework.App` as its sender.
Source: the list of signals in Flask's documentation; names are the same.
"""

from __future__ import annotations

from blinker import Namespace

_namespace = Namespace()

#: The context is up, no hook has run yet.
request_started = _namespace.signal("request-started")
#: The response is complete and about to be handed to the server; gets ``response``.
request_finished = _namespace.signal("request-finished")
#: The request context is being taken down; gets ``exc``.
request_tearing_down = _namespace.signal("request-tearing-down")
#: An exception was not handled by any error handler; gets ``exception``.
got_request_exception = _namespace.signal("got-request-exception")
#: An application context was pushed.
appcontext_pushed = _namespace.signal("appcontext-pushed")
#: An application context was popped.
appcontext_popped = _namespace.signal("appcontext-popped")
#: An application context is being taken down; gets ``exc``.
appcontext_tearing_down = _namespace.signal("appcontext-tearing-down")
#: A template is about to be rendered; gets ``template`` and ``context``.
before_render_template = _namespace.signal("before-render-template")
#: A template was rendered; gets ``template`` and ``context``.
template_rendered = _namespace.signal("template-rendered")
#: :func:`~framework.flash` was called; gets ``message`` and ``category``.
message_flashed = _namespace.signal("message-flashed")
