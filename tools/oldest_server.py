#!/usr/bin/env python3
"""Run tests on the oldest PostgreSQL server of this machine's packages (Debian 12: PostgreSQL 15)."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path


def main(arguments: list[str]) -> int:
    servers = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(path.parent.name))
    if not servers:
        print("oldest_server: no PostgreSQL in /usr/lib/postgresql; run: apt-get install postgresql", file=sys.stderr)
        return 2
    binaries = servers[0]
    folder = Path(tempfile.mkdtemp(prefix="doudi-oldest-", dir="/tmp"))  # a short path: the socket's name must fit
    owner = {}
    if os.geteuid() == 0:  # PostgreSQL refuses root
        entry = pwd.getpwnam("postgres")
        os.chown(folder, entry.pw_uid, entry.pw_gid)
        owner = {"user": entry.pw_uid, "group": entry.pw_gid}
    folder.chmod(0o755)
    data = folder / "data"

    def server(*command: str) -> None:
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, cwd="/", **owner)

    server(str(binaries / "initdb"), "-D", str(data), "-U", "postgres", "--auth=trust", "-E", "UTF8")
    options = f"-c listen_addresses= -c unix_socket_directories={folder} -c fsync=off -c synchronous_commit=off"
    server(str(binaries / "pg_ctl"), "-w", "-D", str(data), "-l", str(folder / "log"), "-o", options, "start")
    try:
        environment = {**os.environ, "DATABASE_URL": f"postgresql://postgres@/postgres?host={folder}"}
        print(f"oldest_server: PostgreSQL {binaries.parent.name}", flush=True)
        return subprocess.run([sys.executable, "-m", "pytest", *arguments], env=environment).returncode
    finally:
        server(str(binaries / "pg_ctl"), "-D", str(data), "-m", "immediate", "stop")
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
