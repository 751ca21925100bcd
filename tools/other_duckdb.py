#!/usr/bin/env python3
"""Run tests that also need the DuckDB line before ours, installed into a folder of its own with checked hashes."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LOCK = ROOT / "tools" / "other_duckdb.txt"
BIN = Path(sys.executable).parent


def install() -> Path:
    """The folder with the other DuckDB; filled once per lock file, by the index that uv is set up for."""
    mark = hashlib.sha256(LOCK.read_bytes() + sys.version.encode()).hexdigest()
    folder = BIN.parent / "other-duckdb"
    stamp = folder / ".ready"
    if not stamp.is_file() or stamp.read_text() != mark:
        options = ["--quiet", "--python", sys.executable, "--no-deps", "--require-hashes", "--only-binary", ":all:"]
        command = [BIN / "uv", "pip", "install", *options, "--target", folder, "--reinstall", "--requirement", LOCK]
        if subprocess.run([str(part) for part in command]).returncode:
            raise SystemExit(
                "other_duckdb: cannot install the packages of tools/other_duckdb.txt; see the message above"
            )
        stamp.write_text(mark)
    return folder


def main(arguments: list[str]) -> int:
    environment = {**os.environ, "DOUDI_OTHER_DUCKDB": str(install())}
    return subprocess.run([sys.executable, "-m", "pytest", *arguments], env=environment).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
