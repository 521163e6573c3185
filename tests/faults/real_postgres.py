"""A host in memory whose PostgreSQL is a real one: what is asked of psql, psql is asked."""

import os
import subprocess
from dataclasses import dataclass

from probes.conftest import BIN

from drill.ports import Completed
from drill.testing.hosts import FakeHost

REAL = {"date", "pg_restore"}


@dataclass
class RealPostgres:
    """Runs psql against a cluster as its superuser, whatever account was named."""

    cluster: object

    def command(self, words, stdin):
        at = words.index("psql") if "psql" in words else len(words)
        return ran([*words[at:], "-h", "127.0.0.1", "-U", "drill"], stdin)


class PostgresHost(FakeHost):
    """A fake host with a real server and real dumps."""

    def command(self, argv, stdin):
        if argv[0] in REAL:
            return ran([each for each in argv if each != "--"], stdin.decode())
        return super().command(argv, stdin)


def ran(argv, stdin):
    path = f"{BIN}:{os.environ['PATH']}"
    done = subprocess.run(
        argv, input=stdin, capture_output=True, text=True, check=False, env={"PATH": path}
    )
    return Completed(done.returncode, done.stdout, done.stderr)


def host_of(cluster):
    host = PostgresHost()
    host.postgres = RealPostgres(cluster)
    return host
