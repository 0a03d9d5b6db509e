"""Languages that models ask for and that do not run here, each with the way out."""

from __future__ import annotations

__all__ = ["REFUSALS"]

_JAVA = (
    "{language} needs a Java machine; write it in JavaScript or FEEL, or make it a service task "
    "that a Python handler does"
)
_SHELL = "{language} would run outside every limit; make it a service task that a handler does"

REFUSALS: dict[str, str] = {
    "groovy": _JAVA,
    "java": _JAVA,
    "beanshell": _JAVA,
    "jruby": _JAVA,
    "jython": _JAVA,
    "mvel": _JAVA,
    "python": (
        "Python of a model does not run here unless an administrator allows it; write it in "
        "JavaScript or FEEL, or make it a service task and register it as its handler"
    ),
    "resource": "a script in a file of its own does not run here; put its text into the model",
    "ruby": _SHELL,
    "shell": _SHELL,
    "bash": _SHELL,
}
"""What to say, by the language names of `bpmn.dialects.neutral.Code`."""
