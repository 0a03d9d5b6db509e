"""The upgrade drill: nodes of one version are replaced by nodes of the next, while work goes on.

    python -m tests.drills.upgrade --old v0.1.0
    python -m tests.drills.upgrade --old main~20 --orders 300

Two nodes of the older version, from the project's own history, take orders on a PostgreSQL of the
drill's own. Then one after the other is replaced: the first newer node migrates the database while
the older ones work on. In the end all orders must have ended as foretold.
"""

from __future__ import annotations

import argparse
import io
import subprocess
import sys
import tarfile
import tempfile
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

from engine import Engine
from processes.ledger import Ledger
from tests.drills.fate import differences, orders
from tests.drills.orders import CLIENTS, PostgreSQL, Server, has_active, place, until

ROOT = Path(__file__).resolve().parents[2]


def unpacked(revision: str, folder: Path) -> Path:
    """The sources of a revision; the pages' assets are those of now."""
    found = subprocess.run(["git", "archive", revision], cwd=ROOT, capture_output=True, check=False)
    if found.returncode:
        raise SystemExit(f"no revision {revision!r}: {found.stderr.decode().strip()}")
    with tarfile.open(fileobj=io.BytesIO(found.stdout)) as archive:
        archive.extractall(folder, filter="data")
    assets = folder / "web" / "static"
    assets.mkdir(exist_ok=True)
    (assets / "dist").symlink_to((ROOT / "web" / "static" / "dist").resolve())
    return folder


def run(folder: Path, old: Path, count: int, seed: int = 1) -> list[str]:
    """Replace two nodes one after the other; what is not as it was foretold."""
    wanted = orders(count, seed)
    effects = sum(len(order.actions) for order in wanted)
    database = PostgreSQL(folder / "postgresql")
    book = Ledger(folder / "ledger.sqlite")
    before = [Server(folder, database.url, f"old-{n}", sources=old) for n in range(2)]
    after = [Server(folder, database.url, f"new-{n}") for n in range(2)]
    try:
        with ExitStack() as stack, ThreadPoolExecutor(CLIENTS) as threads:
            for server in before:
                stack.enter_context(server.running())
            urls = [server.url for server in (*before, *after)]
            placed = [threads.submit(place, urls, order, n) for n, order in enumerate(wanted)]
            for turn, (going, coming) in enumerate(zip(before, after, strict=True)):
                share = effects * (turn + 1) // 3
                until(lambda share=share: book.size() >= share, book)
                stack.enter_context(coming.running())
                share = effects * (2 * turn + 3) // 6
                until(lambda share=share: book.size() >= share, book)
                going.stop()
            for future in placed:
                future.result()
            with Engine(database.url) as engine:
                until(lambda: book.size() >= effects and not has_active(engine), book)
                return differences(engine, book, wanted)
    finally:
        book.close()
        database.stop()


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--old", required=True, metavar="REVISION", help="the older version")
    parser.add_argument("--orders", type=int, default=120)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        old = unpacked(given.old, folder / "sources")
        found = run(folder, old, given.orders)
    print(f"{given.orders} orders from {given.old} to now, {len(found)} differences")
    print("\n".join(found[:20]))
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
