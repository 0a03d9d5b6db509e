"""`python3 web`: sets everything up and starts engine and console with the example processes."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[0] = str(ROOT)  # not this folder: its modules must not stand in for the library's

if sys.version_info < (3, 11):  # noqa: UP036 (it runs on whatever Python the machine has)
    sys.exit("kapellmeister: Python 3.11 or newer is needed, this is " + sys.version.split()[0])

from web import bootstrap  # noqa: E402


def main() -> None:
    """Sets up, then becomes the server; further arguments are the server's."""
    try:
        bootstrap.prepare([bootstrap.RUN_LOCK])
    except bootstrap.SetupError as error:
        sys.exit(f"kapellmeister: {error}")
    except KeyboardInterrupt:
        sys.exit("kapellmeister: interrupted; the next start goes on from here")
    program = str(bootstrap.BIN / "kapellmeister")
    command = [program, "serve", "--demo", *sys.argv[1:]]
    sys.stderr.flush()
    if os.name == "nt":
        sys.exit(subprocess.call(command, env=bootstrap.environment()))  # noqa: S603
    os.execve(program, command, bootstrap.environment())  # noqa: S606


if __name__ == "__main__":
    main()
