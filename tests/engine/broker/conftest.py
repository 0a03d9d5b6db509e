"""A real RabbitMQ on free ports of this machine, one for all tests of a process."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pika
import pika.exceptions
import pytest

STARTS_WITHIN = 120.0
PLACES = ("/usr/lib/rabbitmq/bin/rabbitmq-server", "rabbitmq-server")


def _free_ports(count: int) -> list[int]:
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [found.getsockname()[1] for found in sockets]
    for found in sockets:
        found.close()
    return ports


class Broker:
    """Starts, stops and starts again over the same data."""

    def __init__(self, folder: Path) -> None:
        port, dist, epmd = _free_ports(3)
        self.url = f"amqp://guest:guest@127.0.0.1:{port}/?heartbeat=30"
        self._program = os.environ.get("KAPELLMEISTER_RABBITMQ") or next(
            filter(None, map(shutil.which, PLACES)), "rabbitmq-server"
        )
        (folder / "plugins").write_text("[].")
        self._log = folder / "out.log"
        self._pid = folder / "pid"
        self._environment = {
            **os.environ,
            "HOME": str(folder),
            "RABBITMQ_NODENAME": f"km{port}@localhost",
            "RABBITMQ_NODE_IP_ADDRESS": "127.0.0.1",
            "RABBITMQ_NODE_PORT": str(port),
            "RABBITMQ_DIST_PORT": str(dist),
            "RABBITMQ_MNESIA_BASE": str(folder / "data"),
            "RABBITMQ_LOG_BASE": str(folder / "log"),
            "RABBITMQ_ENABLED_PLUGINS_FILE": str(folder / "plugins"),
            "RABBITMQ_PID_FILE": str(folder / "pid"),
            "RABBITMQ_CONFIG_FILE": str(folder / "none"),
            "ERL_EPMD_PORT": str(epmd),
            "ERL_EPMD_ADDRESS": "127.0.0.1",
        }
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                [self._program],
                env=self._environment,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        until = time.monotonic() + STARTS_WITHIN
        while True:
            try:
                pika.BlockingConnection(pika.URLParameters(self.url)).close()
                return
            except (pika.exceptions.AMQPError, OSError):
                ended = self._process.poll() is not None
                if ended or time.monotonic() > until:
                    raise AssertionError(f"no RabbitMQ: {self._log.read_text()[-2000:]}") from None
                with suppress(subprocess.TimeoutExpired):
                    self._process.wait(0.2)

    def kill(self) -> None:
        """The broker itself, without asking it."""
        assert self._process is not None
        os.kill(int(self._pid.read_text()), signal.SIGKILL)
        self._process.wait()

    def close(self) -> None:
        """Leave nothing behind: Erlang's port mapper is a daemon of its own."""
        self.kill()
        subprocess.run(["epmd", "-kill"], env=self._environment, check=False, capture_output=True)


@pytest.fixture(scope="session")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Broker]:
    started = Broker(tmp_path_factory.mktemp("rabbitmq"))
    started.start()
    yield started
    started.close()
