"""How pages are rendered: one template an address, whole or only its changing region."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Any

from flask import (
    Blueprint,
    current_app,
    g,
    get_flashed_messages,
    has_request_context,
    redirect,
    render_template,
    request,
    url_for,
)
from markupsafe import Markup
from werkzeug.exceptions import InternalServerError, Unauthorized

from engine import (
    MASKED,
    Actor,
    AlertFiring,
    Conflict,
    EngineError,
    Invalid,
    NotFound,
    Page,
    Refused,
    Stale,
    Unavailable,
)
from web import query
from web.console import assets, calls, guard, sessions, words
from web.console.language import LANGUAGES, SOURCE, _, language, noop

if TYPE_CHECKING:
    from engine import Engine

STATUS: list[tuple[type[EngineError], int, str]] = [
    (NotFound, 404, noop("There is nothing here")),
    (Stale, 409, noop("Too late")),
    (Conflict, 409, noop("Not in this state")),
    (Refused, 422, noop("Refused")),
    (Invalid, 422, noop("That cannot be right")),
    (Unavailable, 503, noop("The database does not answer")),
    (EngineError, 500, noop("The engine could not do it")),
]
"""HTTP status and headline of each kind of error; the first that fits."""

NAVIGATION = [
    ("home", noop("Home"), "home"),
    ("instances", noop("Instances"), "instances"),
    ("incidents", noop("Incidents"), "incidents"),
    ("alerts", noop("Alerts"), "alerts"),
    ("batches", noop("Batches"), "batches"),
    ("tasks", noop("Tasks"), "tasks"),
    ("work", noop("Work"), "work"),
    ("messages", noop("Messages"), "messages"),
    ("timers", noop("Timers"), "timers"),
    ("activity", noop("Activity"), "activity"),
    ("processes", noop("Processes"), "processes"),
    ("deploy", noop("Deploy"), "deploy"),
    ("policies", noop("Policies and holds"), "policies"),
    ("admin", noop("Administration"), "admin"),
]
"""Endpoint, word and icon of each entry of the left rail."""


def engine() -> Engine:
    """The engine whose console this is, with secrets masked."""
    found: Engine = current_app.extensions["shown"]
    return found


def actor() -> Actor:
    """Who acts by the current request."""
    identity = g.get("identity")
    name = identity.name if identity is not None else "anonymous"
    return Actor("operator" if name == "anonymous" else name, "console")


def render(template: str, /, status: int = 200, **values: Any) -> tuple[str, int, dict[str, str]]:
    """A page; when the page itself asks for its newer state, only the region that changes."""
    body = render_template(f"console/{template}", fragment=is_fragment(), **values)
    return body, status, {"Vary": "HX-Request, Cookie, Accept-Language"}


def is_fragment() -> bool:
    return request.headers.get("HX-Request") == "true"


def describe(error: EngineError) -> tuple[int, str]:
    """HTTP status and headline of an engine's error."""
    return next((code, title) for kind, code, title in STATUS if isinstance(error, kind))


def furnish(pages: Blueprint) -> None:
    """Gives templates their words and functions, and errors their page."""
    for name in words.FILTERS:
        pages.add_app_template_filter(words.FILTERS[name], name)
    pages.app_context_processor(_surroundings)
    pages.register_error_handler(EngineError, _engine_error)
    pages.register_error_handler(401, _unknown_reader)
    pages.register_error_handler(403, _refused)
    pages.register_error_handler(500, _broken)
    pages.app_errorhandler(404)(_unknown)


def _surroundings() -> dict[str, Any]:
    theme = request.cookies.get("theme", "system")
    return {
        "navigation": [one for one in NAVIGATION if may(_asked(f"console.{one[0]}"))],
        "may": may,
        "may_reach": _may_reach,
        "language": language(),
        "languages": LANGUAGES,
        "is_translated": language() != SOURCE,
        "theme": theme if theme in ("light", "dark") else "system",
        "scripts": assets.scripts,
        "styles": assets.styles,
        "is_built": assets.is_built,
        "form_token": guard.form_token,
        "new_key": lambda: secrets.token_urlsafe(12),
        "as_data": _as_data,
        "api_root": f"{request.host_url}v2",
        "curl_of": calls.curl_of,
        "python_of": calls.python_of,
        "curl_text": calls.curl,
        "python_text": calls.python,
        "calls_are_known": calls.is_known,
        "finding": query.finding,
        "bell": _bell,
        "MASKED": MASKED,
        "reader": _reader(),
        "is_first_run": sessions.guard() is not None and not sessions.can_sign_in(),
        "messages": lambda: get_flashed_messages(with_categories=True),
    }


def may(permission: str) -> bool:
    """Whether the reader has a permission; what they have not is not offered."""
    identity = g.get("identity")
    if identity is None:  # nobody yet, or a console that asks nobody who they are
        return permission == "anyone" or "guard" not in current_app.extensions
    return permission == "anyone" or permission in identity.permissions


def _reader() -> str | None:
    """The name of who is signed in; None where nobody is asked."""
    identity = g.get("identity")
    return identity.name if identity is not None and sessions.can_sign_in() else None


def _bell() -> Page[AlertFiring]:
    """What rings; an error's own page must not need the database."""
    try:
        return engine().bell()
    except EngineError:
        return Page(items=[], total=0)


def may_reveal() -> bool:
    """Whether the reader may see secrets; what is written while an answer is sent is read by
    nobody in particular."""
    return has_request_context() and may("reveal")


def _asked(endpoint: str) -> str:
    """The permission that an endpoint of ours asks for."""
    found: str = current_app.extensions["console.permissions"].get(endpoint, "anyone")
    return found


def _may_reach(address: str) -> bool:
    """Whether the reader may send a form to an address of ours."""
    path = address.partition("?")[0].removeprefix(request.script_root)
    adapter = current_app.create_url_adapter(request)
    assert adapter is not None
    endpoint, _ = adapter.match(path, method="POST")
    return may_send(endpoint)


def may_send(endpoint: str) -> bool:
    """Whether the reader may do what an endpoint of ours does."""
    return may(_asked(endpoint))


def _as_data(value: Any) -> Markup:
    """JSON that is safe inside a `<script type="application/json">`."""
    text = words.encoded(value).decode()
    return Markup(text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026"))  # noqa: S704


def _engine_error(error: EngineError) -> tuple[str, int, dict[str, str]]:
    status, title = describe(error)
    return render("error.html", status, title=_(title), message=str(error), code=status)


def _broken(error: InternalServerError) -> tuple[str, int, dict[str, str]]:
    """A mistake of ours: the log has it, the reader a word to find it there by."""
    word = secrets.token_hex(4)
    current_app.logger.error("console error %s", word, exc_info=error.original_exception)
    message = _(
        "That is a mistake in this program. The server’s log tells more, at “%(word)s”.", word=word
    )
    return render("error.html", 500, title=_("Something broke"), message=message, code=500)


def _unknown(error: Any) -> Any:
    """No such address, for people; programs get what they would get without the console."""
    if not _is_browser():
        return error
    message = _("There is no page “%(path)s”.", path=request.path)
    return render("error.html", 404, title=_("No such page"), message=message, code=404)


def _is_browser() -> bool:
    """Whether HTML is asked for by its name; programs take anything."""
    return any(kind == "text/html" for kind, _quality in request.accept_mimetypes)


def _unknown_reader(error: Unauthorized) -> Any:
    """Nobody's credentials, or wrong ones: a browser is led to where one signs in, and programs
    are told how."""
    if sessions.can_sign_in() and request.authorization is None:
        here = request.full_path.rstrip("?") if request.method == "GET" else None
        place = url_for("console.login", next=here if here != "/" else None)
        if is_fragment():
            return "", 401, {"HX-Redirect": url_for("console.login")}
        if _is_browser():
            return redirect(place, 303)
    message = str(error.description)
    body, status, headers = render(
        "error.html", 401, title=_("Who are you?"), message=message, code=401
    )
    asked = ", ".join(str(way) for way in error.www_authenticate or ())
    return body, status, {**headers, "WWW-Authenticate": asked}


def _refused(error: Any) -> tuple[str, int, dict[str, str]]:
    title, message = _("Nothing was done"), error.description
    return render("error.html", 403, title=title, message=message, code=403)
