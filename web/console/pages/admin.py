"""Who may come in: users and their roles, tokens of programs."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime, timedelta
from typing import Any

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from engine import Conflict, Invalid
from web.api.guard import ROLES, hash_password, token_hash
from web.console.blueprint import page
from web.console.language import _, noop
from web.console.pages.signing_in import password_problem
from web.console.rendering import actor, engine, render

WORDS = {
    "viewer": noop("sees everything, changes nothing"),
    "task-worker": noop("sees everything, completes tasks"),
    "operator": noop("also repairs, cancels, starts, watches"),
    "developer": noop("sees everything, deploys"),
    "admin": noop("everything, also who may come in and what is masked"),
}
"""What each role may do."""
TERMS = {"30": noop("30 days"), "90": noop("90 days"), "365": noop("a year"), "": noop("no end")}


@page("/admin", "admin")
def admin() -> ResponseReturnValue:
    """Users and tokens."""
    return _shown()


@page("/admin/users", "admin", "POST")
def add_user() -> ResponseReturnValue:
    """Lets somebody in."""
    form = request.form
    name, password, role = form.get("name", "").strip(), form.get("password", ""), _role()
    wrong = password_problem(password, password)
    if not wrong:
        try:
            engine().add_account(
                name,
                hash_password(password),
                role,
                form.get("groups", "").replace(",", " ").split(),
                by=actor(),
                idempotency_key=form.get("key") or None,
            )
        except (Invalid, Conflict) as error:
            wrong = {"name": str(error)}
    if wrong:
        return _shown(422, wrong=wrong, given={"name": name, "role": role})
    flash(_("“%(name)s” may come in.", name=name), "completed")
    return redirect(url_for("console.admin"), 303)


@page("/admin/users/<name>", "admin", "POST")
def change_user(name: str) -> ResponseReturnValue:
    """Changes somebody's role or groups, resets their password, disables, enables or removes."""
    form, by = request.form, actor()
    key = form.get("key") or None
    try:
        match form.get("do"):
            case "role":
                groups = form.get("groups", "").replace(",", " ").split()
                engine().change_account(
                    name, role=_role(), groups=groups, by=by, idempotency_key=key
                )
                flash(_("Changed; the sessions of “%(name)s” are over.", name=name), "completed")
            case "password":
                password = form.get("password", "")
                if problem := password_problem(password, password):
                    raise Invalid(problem["password"])
                engine().change_account(
                    name, secret=hash_password(password), by=by, idempotency_key=key
                )
                flash(_("“%(name)s” has another password.", name=name), "completed")
            case "disable" | "enable" as what:
                is_disabled = what == "disable"
                engine().change_account(name, is_disabled=is_disabled, by=by, idempotency_key=key)
                said = _("“%(name)s” may not come in.", name=name)
                if not is_disabled:
                    said = _("“%(name)s” may come in.", name=name)
                flash(said, "suspended" if is_disabled else "completed")
            case "remove":
                engine().remove_account(name, by=by, idempotency_key=key)
                flash(_("“%(name)s” is removed.", name=name), "cancelled")
    except (Invalid, Conflict) as error:
        return _shown(409 if isinstance(error, Conflict) else 422, refused=str(error))
    return redirect(url_for("console.admin"), 303)


@page("/admin/tokens", "admin", "POST")
def add_token() -> ResponseReturnValue:
    """Makes a token for a program, and shows it this once."""
    token = f"kap_{secrets.token_urlsafe(32)}"
    days = request.form.get("days", "")
    expires = None
    if days in TERMS and days:
        expires = datetime.now(UTC) + timedelta(days=int(days))
    try:
        made = engine().add_token(
            request.form.get("name", "").strip(), token_hash(token), _role(), expires, by=actor()
        )
    except Invalid as error:
        return _shown(422, wrong={"token": str(error)})
    return _shown(fresh=(made.name, token))


@page("/admin/tokens/<int:id>/revoke", "admin", "POST")
def revoke_token(id: int) -> ResponseReturnValue:
    """Lets a program in no more."""
    gone = engine().revoke_token(id, by=actor())
    flash(_("The token “%(name)s” is revoked.", name=gone.name), "cancelled")
    return redirect(url_for("console.admin"), 303)


@page("/admin/masks", "admin", "POST")
def change_mask() -> ResponseReturnValue:
    """Says that variables of such names are secret, or are not, or takes that back."""
    pattern = request.form.get("pattern", "").strip()
    try:
        match request.form.get("do"):
            case "clear":
                engine().clear_mask(pattern, by=actor())
            case "show":
                engine().set_mask(pattern, False, by=actor())
            case _:
                engine().set_mask(pattern, by=actor())
    except Invalid as error:
        return _shown(422, wrong={"mask": str(error)})
    flash(_("Changed: it counts at once."), "completed")
    return redirect(url_for("console.admin"), 303)


def _role() -> Any:
    role = request.form.get("role", "viewer")
    return role if role in ROLES else "viewer"


def _shown(
    status: int = 200,
    *,
    wrong: dict[str, str] | None = None,
    given: dict[str, str] | None = None,
    refused: str | None = None,
    fresh: tuple[str, str] | None = None,
) -> ResponseReturnValue:
    known: Any = engine().access()
    return render(
        "admin.html",
        status,
        accounts=[one.view for one in known.accounts.values()],
        tokens=[one.view for one in known.tokens.values()],
        masks=engine().mask_patterns(),
        origins={"default": _("default"), "model": _("model"), "admin": _("administrator")},
        roles={role: _(word) for role, word in WORDS.items()},
        terms={days: _(word) for days, word in TERMS.items()},
        wrong=wrong or {},
        given=given or {},
        refused=refused,
        fresh=fresh,
        now=datetime.now(UTC),
    )
