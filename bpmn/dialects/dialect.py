"""What a dialect is: where its models come from, and how that engine would run them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Literal

from msgspec import Struct

from bpmn.dialects.neutral import Settings
from bpmn.dialects.register import Entry
from bpmn.model import BaseElement

__all__ = ["Dialect", "Name"]

Name = Literal["plain", "camunda8", "camunda7", "flowable"]


class Dialect(Struct, frozen=True, kw_only=True, eq=False):
    """One vendor's ways; the standard's own where nothing says whose the model is."""

    name: Name
    title: str
    """For readers: `Camunda 8`."""
    namespaces: Mapping[str, str]
    """Usual prefix by namespace of its extensions."""
    translate: Callable[[BaseElement], dict[str, Any]]
    """Fields of `Settings` from the extensions of an element."""
    defaults: Mapping[type[BaseElement], Settings] = {}
    """What an element without any extension says."""
    register: tuple[Entry, ...] = ()
    """What becomes of each word of its vocabulary."""

    expression_language: str
    """Of expressions that do not say theirs."""
    first_loop_counter: int = 1
    """`loopCounter` of the first iteration."""
    ends_path_on_uncaught_error: bool = False
    """An uncaught BPMN error ends its path and is no incident."""
    rolls_back_on_failure: bool = False
    """A technical failure undoes the step back to the last wait state."""
    cron: Literal["spring", "quartz"] = "spring"
    """How days of the week are counted in timer cycles: from Monday, or from Sunday as 1."""
    inputs_apart: bool = False
    """Input mappings do not see what those before them made."""
    maps_outputs_when_interrupted: bool = False
    """Output mappings are evaluated also when a boundary event cancels the activity."""
    maps_results_when_thrown: bool = False
    """A called process's results cross also when an error or escalation leaves it."""
    keeps_business_key: bool = True
    """A called process has its caller's business key where the model says no other."""
    missing_is_false: bool = False
    """A condition of an event that reads a variable which does not exist does not hold."""
    needs_receiver: bool = False
    """A thrown message is for the one who waits for it now: it is not kept for later, and goes to
    nobody where several wait."""
    skip_switches: tuple[str, ...] = ()
    """Skip conditions count only where one of these variables is true; empty: always."""
