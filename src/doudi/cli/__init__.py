"""The ``doudi`` command. Each sub-command is a module with ``add_arguments(parser)`` and ``run(args) -> int``.

Modules load only when called, so that ``doudi determine`` never pays for Django.
Exit codes: 0 done, 2 the call or the input is wrong (one line on standard error), 1 our fault.
"""

from __future__ import annotations

import argparse
import importlib.util
import os
import sys
import traceback

from doudi import __version__
from doudi.engine.errors import InputError

COMMANDS = {
    "demo": "everything on one machine: database, sample county, worker and pages",
    "serve": "serve the pages and the API",
    "worker": "run background jobs",
    "migrate": "bring the database to this version",
    "check": "verify every link of the assistance chains and the state of the installation",
    "packs": "list, show, check and compare policy packs",
    "determine": "decide households by a policy pack, with explanation",
    "simulate": "what a change of parameters would do",
    "synth": "make a sample county's registry and its departments' feeds",
    "feeds": "list feeds and ingest a department's file",
    "monitor": "evaluate indicators over a registry snapshot and feeds",
}


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> None:  # type: ignore[override]
        print(f"{self.prog}: {message}; see '{self.prog} --help'", file=sys.stderr)
        raise SystemExit(2)


def main(argv: list[str] | None = None) -> int:
    argv = list(sys.argv[1:] if argv is None else argv)
    parser = _Parser(prog="doudi", description="兜底: low-income population monitoring and tiered social assistance")
    parser.add_argument("--version", action="version", version=f"doudi {__version__}")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", parser_class=_Parser)
    chosen = next((word for word in argv if not word.startswith("-")), None)
    for name, help_text in COMMANDS.items():
        if importlib.util.find_spec(f"doudi.cli.{name}") is None:
            continue
        sub = commands.add_parser(name, help=help_text, description=help_text)
        if name == chosen:
            importlib.import_module(f"doudi.cli.{name}").add_arguments(sub)
    args = parser.parse_args(argv)
    if args.command is None:
        parser.print_help()
        return 2
    try:
        return int(importlib.import_module(f"doudi.cli.{args.command}").run(args) or 0)
    except InputError as error:
        print(f"doudi {args.command}: {error.line()}", file=sys.stderr)
        return 2
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except KeyboardInterrupt:
        return 130
    except Exception as error:
        if os.environ.get("DOUDI_DEBUG"):
            traceback.print_exc()
        print(
            f"doudi {args.command}: internal error: {type(error).__name__}: {error}; "
            "set DOUDI_DEBUG=1 for the trace and report it",
            file=sys.stderr,
        )
        return 1
