"""Sessions: a dict that travels in a signed cookie.

``RequestContext.push`` opens the session, ``App.process_response`` saves it. Both go through the
``session_interface`` of the application, which can be replaced as a whole.

Thread: the thread that handles the request; an interface keeps no state of its own.
Source: Flask's documentation of "Sessions" and "Session Interface"; itsdangerous.
"""

from __future__ import annotations

import hashlib
import typing as t
from datetime import datetime, timezone

from itsdangerous import BadSignature, URLSafeTimedSerializer
from werkzeug.datastructures import CallbackDict

from . import tagging

if t.TYPE_CHECKING:
    from .app import App
    from .wrappers import Request, Response

_NO_SECRET = (
    "The session cannot be changed, because the application has no secret key to sign it with."
    " Set one: app.secret_key = '...' (python -c 'import secrets; print(secrets.token_hex())')."
)

#: What a session that cannot be saved refuses to do.
_CHANGING_METHODS = (
    "__setitem__",
    "__delitem__",
    "__ior__",
    "clear",
    "pop",
    "popitem",
    "setdefault",
    "update",
)
#: The attributes of the cookie that are passed on from the config, besides name and path.
_COOKIE_ATTRIBUTES = ("domain", "secure", "partitioned", "samesite", "httponly")


def _sha1(data: bytes = b"") -> t.Any:
    # Looked up on each call: a hardened build of Python may have no SHA-1 until it is asked for.
    return hashlib.sha1(data)


def _refuse(session: object, *args: t.Any, **kwargs: t.Any) -> t.NoReturn:
    raise RuntimeError(_NO_SECRET)


class SessionMixin(t.MutableMapping[str, t.Any]):
    """What the framework needs to know about a session, whatever class it is."""

    #: Made in this request; nothing came from the client.
    new = False
    #: Has to be saved. A class that cannot know leaves this True.
    modified = True
    #: Was read or written, so that the response depends on the cookie.
    accessed = True

    @property
    def permanent(self) -> bool:
        """Keep the session for ``PERMANENT_SESSION_LIFETIME``, not only while the browser runs."""
        return bool(self.get("_permanent", False))

    @permanent.setter
    def permanent(self, value: bool) -> None:
        self["_permanent"] = bool(value)


class SecureCookieSession(CallbackDict[str, t.Any], SessionMixin):
    """A session that notices changes of its own keys.

    A change inside a value (``session["cart"].append(...)``) is not noticed: set
    ``session.modified = True`` after it.

    :param initial: the values to begin with.
    """

    modified = False
    accessed = False

    def __init__(self, initial: t.Any = None) -> None:
        def on_update(session: t.Any) -> None:
            session.modified = True

        super().__init__(initial, on_update)


class NullSession(SecureCookieSession):
    """Stands in when there is no secret key: can be read (it is empty), refuses changes."""


for _name in _CHANGING_METHODS:
    setattr(NullSession, _name, _refuse)


class SessionInterface:
    """How sessions are opened and saved; subclass it to keep them elsewhere."""

    null_session_class = NullSession

    def open_session(self, app: App, request: Request) -> SessionMixin | None:
        """Find the session of a request. Called by ``RequestContext.push``.

        :return: the session, or None when it cannot be opened; a null session is used then.
        """
        raise NotImplementedError

    def save_session(self, app: App, session: SessionMixin, response: Response) -> None:
        """Put the session where the next request finds it. Called by ``process_response``."""
        raise NotImplementedError

    def make_null_session(self, app: App) -> NullSession:
        """Return the stand-in for a session that could not be opened."""
        return self.null_session_class()

    def is_null_session(self, obj: object) -> bool:
        """Return whether a session is such a stand-in, and is not to be saved."""
        return isinstance(obj, self.null_session_class)

    def get_cookie_name(self, app: App) -> str:
        """The name of the cookie: ``SESSION_COOKIE_NAME``."""
        return t.cast(str, app.config["SESSION_COOKIE_NAME"])

    def get_cookie_path(self, app: App) -> str:
        """The path of the cookie: ``SESSION_COOKIE_PATH``, else ``APPLICATION_ROOT``."""
        return t.cast(str, app.config["SESSION_COOKIE_PATH"] or app.config["APPLICATION_ROOT"])

    def get_expiration_time(self, app: App, session: SessionMixin) -> datetime | None:
        """When the cookie ends; None for "with the browser session"."""
        if session.permanent:
            return datetime.now(timezone.utc) + app.permanent_session_lifetime
        return None

    def should_set_cookie(self, app: App, session: SessionMixin) -> bool:
        """Whether a cookie is sent: after a change, and to keep a permanent session alive."""
        return session.modified or (
            session.permanent and bool(app.config["SESSION_REFRESH_EACH_REQUEST"])
        )


class SecureCookieSessionInterface(SessionInterface):
    """Keeps the session in a cookie that is signed, but that its owner can read."""

    salt = "cookie-session"
    key_derivation = "hmac"
    digest_method = staticmethod(_sha1)
    session_class = SecureCookieSession

    def get_signing_serializer(self, app: App) -> URLSafeTimedSerializer | None:
        """Return what signs and checks the cookie.

        ``SECRET_KEY_FALLBACKS`` are older keys: still accepted, no longer used for signing.

        :return: None when the application has no secret key.
        """
        if not app.secret_key:
            return None
        keys = [*(app.config["SECRET_KEY_FALLBACKS"] or ()), app.secret_key]
        return URLSafeTimedSerializer(
            keys,
            salt=self.salt,
            serializer=tagging,
            signer_kwargs={
                "key_derivation": self.key_derivation,
                "digest_method": self.digest_method,
            },
        )

    def open_session(self, app: App, request: Request) -> SessionMixin | None:
        """Read the session from the cookie.

        :return: an empty session when there is no cookie, when it was tampered with or when it
            is too old; None when the application has no secret key.
        """
        if not app.secret_key:
            return None
        cookie = request.cookies.get(self.get_cookie_name(app))
        if not cookie:
            return self.session_class()
        serializer = self.get_signing_serializer(app)
        assert serializer is not None
        max_age = int(app.permanent_session_lifetime.total_seconds())
        try:
            return self.session_class(serializer.loads(cookie, max_age=max_age))
        except BadSignature:
            return self.session_class()

    def save_session(self, app: App, session: SessionMixin, response: Response) -> None:
        """Send the cookie where it is needed; delete it when the session was emptied."""
        if session.accessed or session.modified:
            response.vary.add("Cookie")
        place = self._cookie_place(app)
        if session:
            if self.should_set_cookie(app, session):
                response.set_cookie(
                    value=self._sign(app, session),
                    expires=self.get_expiration_time(app, session),
                    **place,
                )
                response.vary.add("Cookie")
        elif session.modified:
            response.delete_cookie(**place)

    def _sign(self, app: App, session: SessionMixin) -> str:
        serializer = self.get_signing_serializer(app)
        assert serializer is not None, _NO_SECRET
        return serializer.dumps(dict(session))

    def _cookie_place(self, app: App) -> dict[str, t.Any]:
        """The name of the cookie and its attributes, which have to be the same to delete it."""
        place = {name: app.config[f"SESSION_COOKIE_{name.upper()}"] for name in _COOKIE_ATTRIBUTES}
        return {**place, "key": self.get_cookie_name(app), "path": self.get_cookie_path(app)}
