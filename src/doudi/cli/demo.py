"""``doudi demo``: everything on one machine. Database, sample county, worker and pages; nothing to set up by hand."""

from __future__ import annotations

import argparse
import os
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
import webbrowser
from typing import Any

from doudi.engine.errors import InputError

PASSWORD = "Doudi-demo-2024"  # noqa: S105 - printed; the demonstration listens on this machine only


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--port", type=int, default=8000)
    parser.add_argument(
        "--households",
        type=int,
        default=8600,
        help="size of the county (default 8600: 20,000 people)",
    )
    parser.add_argument("--months", type=int, default=6, help="months of history to live through (default 6)")
    parser.add_argument("--no-browser", action="store_true", help="do not open the pages in a browser")
    parser.add_argument("--only-build", action="store_true", help="make the sample county and stop")


def run(args: argparse.Namespace) -> int:
    if args.households < 200:
        raise InputError(f"{args.households} households", where="--households", hint="give at least 200")
    if not 1 <= args.months <= 12:
        raise InputError(f"{args.months} months", where="--months", hint="give 1 to 12")
    _check_port(args.port)
    if os.environ.get("DATABASE_URL"):
        raise InputError("the demonstration brings its own database", where="DATABASE_URL", hint="unset it")
    os.environ["DOUDI_DEMO"] = "1"
    started = time.monotonic()
    print("doudi demo: 启动数据库", flush=True)
    from doudi.cli import django_ready

    django_ready.setup()
    sample = _build(args.households, args.months, started)
    if args.only_build:
        return 0
    worker = subprocess.Popen([sys.executable, "-m", "doudi.cli", "worker"])
    signal.signal(signal.SIGTERM, lambda *_: _interrupt())
    address = f"http://127.0.0.1:{args.port}/"
    threading.Thread(target=_announce, args=(address, started, sample, not args.no_browser), daemon=True).start()
    try:
        from doudi.cli.serve import serve

        serve("127.0.0.1", args.port)
    except KeyboardInterrupt:
        pass
    finally:
        worker.terminate()
        worker.wait(10)
    return 0


def _interrupt() -> None:
    raise KeyboardInterrupt


def _check_port(port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            raise InputError(
                f"port {port} is in use", where="--port", hint="choose another, e.g. --port 8001"
            ) from error


def _build(households: int, months: int, started: float) -> dict[str, Any]:
    from django.core.management import call_command

    from doudi.cli.check import migrations_missing
    from doudi.web.database import home
    from doudi.web.sample import build

    def say(text: str) -> None:
        print(f"doudi demo: {time.monotonic() - started:5.0f} 秒  {text}", flush=True)

    building = home() / "sample.building"
    if building.exists():
        say("上次没有建完，重新开始")
        _empty_database()
    if migrations_missing():
        say("建立数据表")
        call_command("migrate", verbosity=0)
    building.touch()
    sample = build(households=households, password=PASSWORD, months=months, say=say)
    building.unlink()
    return sample


def _empty_database() -> None:
    """Forget a half-built sample: only ever called on the demonstration's own database."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("DROP SCHEMA public CASCADE; CREATE SCHEMA public")
    connection.close()


def _announce(address: str, started: float, sample: dict[str, Any], open_browser: bool) -> None:
    """Say where the pages are as soon as they answer."""
    for _ in range(300):
        try:
            with urllib.request.urlopen(address + "login/", timeout=2):  # noqa: S310 - our own address
                break
        except (urllib.error.URLError, OSError):
            time.sleep(0.2)
    print(
        f"\n页面已就绪（{time.monotonic() - started:.0f} 秒）：{address}\n样例账号，密码均为 {PASSWORD}：", flush=True
    )
    for account in sample["accounts"]:
        print(f"  {account['username']:<10} {account['role']}（{account['unit']} {account['name']}）")
    print("按 Ctrl+C 结束。样例数据均为生成，与真实人员无关。", flush=True)
    if open_browser and (os.environ.get("DISPLAY") or sys.platform == "darwin"):
        webbrowser.open(address)
