"""Signing in and out, by a password or a provider; the first administrator; one's own password."""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Callable
from typing import Any

from flask import abort, current_app, flash, g, redirect, request, session, url_for
from flask.typing import ResponseReturnValue

from engine import Actor, EngineError, Paging
from web.api.guard import hash_password
from web.api.stored import Stored
from web.console import guard, sessions
from web.console.blueprint import page
from web.console.language import _, ngettext
from web.console.rendering import actor, engine, render


@page("/login", "anyone")
def login() -> ResponseReturnValue:
    """Where one says who one is."""
    if not sessions.can_sign_in():
        return redirect(url_for("console.home"))
    return _login()


@page("/login", "anyone", "POST")
def sign_in() -> ResponseReturnValue:
    """Begins a session, and goes where its reader wanted to go."""
    name = request.form.get("name", "").strip()
    if pause := sessions.wait(name, request):
        return _login(_("Too many tries; wait %(count)s seconds.", count=round(pause)), 429)
    if sessions.sign_in(name, request.form.get("password", "")) is None:
        return _login(_("This name and password are not known here."), 422)
    return redirect(_wanted(), 303)


@page("/logout", "anyone", "POST")
def logout() -> ResponseReturnValue:
    """Ends the session."""
    session.clear()
    return redirect(url_for("console.login"), 303)


@page("/login/provider", "anyone")
def ask_provider() -> ResponseReturnValue:
    """Sends the browser to the provider, with what only this session knows."""
    provider = sessions.provider()
    if provider is None:
        abort(404)
    asked = {name: secrets.token_urlsafe(32) for name in ("state", "nonce", "verifier")}
    session["asked"] = {**asked, "next": _wanted()}
    return redirect(provider.sign_in_address(_callback(), **asked), 303)


@page("/login/callback", "anyone")
def provider_answered() -> ResponseReturnValue:
    """The browser comes back from the provider with a code."""
    provider, asked = sessions.provider(), session.pop("asked", None)
    state = request.args.get("state", "")
    if provider is None or not isinstance(asked, dict):
        return _login(_("Begin again: this answer was not asked for."), 422)
    if not hmac.compare_digest(state.encode(), str(asked["state"]).encode()):
        return _login(_("Begin again: this answer was not asked for."), 422)
    code = request.args.get("code")
    who = None
    if code:
        who = provider.signed_in(code, _callback(), asked["nonce"], asked["verifier"])
    if who is None:
        return _login(_("The provider did not say who you are."), 422)
    sessions.begin(
        "provider", who.name, permissions=sorted(who.permissions), groups=list(who.groups)
    )
    return redirect(str(asked["next"]), 303)


@page("/setup", "anyone")
def setup() -> ResponseReturnValue:
    """The first run: nobody is known yet, so whoever sits at this machine may be the first."""
    _check_first_run()
    return render("setup.html", step="admin", wrong={}, name="")


@page("/setup", "anyone", "POST")
def first_admin() -> ResponseReturnValue:
    """Makes the first administrator, and signs them in."""
    _check_first_run()
    name = request.form.get("name", "").strip()
    password = request.form.get("password", "")
    wrong = password_problem(password, request.form.get("again", password))
    if not wrong:
        try:
            engine().add_account(name, hash_password(password), "admin", by=Actor(name, "console"))
        except EngineError as error:
            wrong = {"name": str(error)}
    if wrong:
        return render("setup.html", 422, step="admin", wrong=wrong, name=name)
    sessions.sign_in(name, password)
    return redirect(url_for("console.setup_demo"), 303)


@page("/setup/demo", "admin")
def setup_demo() -> ResponseReturnValue:
    """What to begin with."""
    return render("setup.html", step="demo", can_load=_loader() is not None)


@page("/setup/demo", "admin", "POST")
def load_demo() -> ResponseReturnValue:
    """Deploys the example processes and starts instances of them."""
    load = _loader()
    if load is None:
        abort(404)
    started = load(actor())
    flash(
        ngettext(
            "%(num)s instance of the example processes was started.",
            "%(num)s instances of the example processes were started.",
            started,
        ),
        "completed",
    )
    return redirect(url_for("console.home"), 303)


@page("/account", "anyone")
def own_account() -> ResponseReturnValue:
    """Who the reader is here, and their password."""
    return render("account.html", **_own(), wrong={})


@page("/account", "anyone", "POST")
def own_password() -> ResponseReturnValue:
    """Changes the reader's own password; their other sessions end."""
    found = _own()
    stored = found["stored"]
    if stored is None:
        abort(403, _("Your password is not kept here."))
    name = g.identity.name
    if sessions.wait(name, request):
        abort(429)
    password = request.form.get("password", "")
    known = sessions.guard()
    assert known is not None
    assert isinstance(known.stored, Stored)
    if known.stored.by_password(name, request.form.get("old", "")) is None:
        wrong = {"old": _("This is not your password.")}
    else:
        wrong = password_problem(password, request.form.get("again", ""))
    if wrong:
        return render("account.html", 422, **found, wrong=wrong)
    engine().change_account(name, secret=hash_password(password), by=actor())
    sessions.sign_in(name, password)
    flash(_("Your password is changed; your other sessions are over."), "completed")
    return redirect(url_for("console.own_account"), 303)


def password_problem(password: str, again: str) -> dict[str, str]:
    """What is wrong with a new password, by field."""
    if not sessions.SHORTEST <= len(password) <= sessions.LONGEST:
        said = _("%(least)s to %(most)s characters", least=sessions.SHORTEST, most=sessions.LONGEST)
        return {"password": said}
    return {} if password == again else {"again": _("This is not the same.")}


def _own() -> dict[str, Any]:
    identity = g.identity
    if identity.name == "anonymous":
        abort(401)
    return {
        "identity": identity,
        "stored": engine().access().accounts.get(identity.name),
    }


def _login(wrong: str | None = None, status: int = 200) -> ResponseReturnValue:
    provider = sessions.provider()
    return render(
        "login.html",
        status,
        wrong=wrong,
        name=request.form.get("name", ""),
        wanted=_wanted(),
        provider=provider.issuer if provider else None,
    )


def _wanted() -> str:
    """The address of ours that the reader wanted; nobody else's."""
    wanted = request.values.get("next", "")
    is_ours = wanted.startswith("/") and not wanted.startswith("//") and "\\" not in wanted
    return request.script_root + wanted if is_ours else url_for("console.home")


def _callback() -> str:
    return url_for("console.provider_answered", _external=True)


def _check_first_run() -> None:
    known = sessions.guard()
    if known is None or known.authority is not None:
        abort(404, _("There is somebody already: sign in."))
    guard.form_token()


def _loader() -> Callable[[Actor], int] | None:
    """Loads the example processes, where this server can, into an engine that is still empty."""
    if engine().processes(page=Paging(limit=1)).items:
        return None
    found: Callable[[Actor], int] | None = current_app.extensions.get("load_demo")
    return found
