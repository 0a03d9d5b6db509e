"""Two versions of a process, side by side."""

from __future__ import annotations

from collections.abc import Mapping

from flask import request
from flask.typing import ResponseReturnValue

from engine import DefinitionView, NotFound
from web.console import extent, facts
from web.console.blueprint import page
from web.console.language import _
from web.console.rendering import engine, render


@page("/processes/<process_id>/compare", "view")
def compare(process_id: str) -> ResponseReturnValue:
    """What differs between two versions, on both diagrams and in a list; by default between the
    latest and the one before it."""
    versions = {one.version: one for one in engine().versions(process_id)}
    newest = max(versions)
    new = _chosen(process_id, versions, "to", newest)
    older = [version for version in versions if version < new.version]
    old = _chosen(process_id, versions, "from", max(older, default=new.version))
    found = engine().differences(old.key, new.key)
    return render(
        "compare.html",
        versions=list(versions.values()),
        old=old,
        new=new,
        found=found,
        # Both frames have one shape, so that what stands beside is as large.
        ratio=max(extent.ratio(engine().diagram(one.key)) for one in (old, new)),
        old_facts=facts.of_differences(found, is_old=True),
        new_facts=facts.of_differences(found, is_old=False),
    )


def _chosen(
    process_id: str, versions: Mapping[int, DefinitionView], name: str, otherwise: int
) -> DefinitionView:
    asked = request.args.get(name, "")
    if not asked:
        return versions[otherwise]
    for version, view in versions.items():
        if str(version) == asked:
            return view
    raise NotFound(
        _(
            "process “%(process)s” has no version “%(version)s”; see the list of its versions",
            process=process_id,
            version=asked,
        )
    )
