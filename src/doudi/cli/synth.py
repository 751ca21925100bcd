"""``doudi synth``: a sample county's registry and its departments' feeds, without a database."""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path

from tqdm import tqdm

from doudi.engine.errors import InputError
from doudi.engine.rules.loader import pack_names
from doudi.engine.synth import DEFAULT_COUNTY, County, make_county, write_county
from doudi.engine.synth.mistakes import RATES
from doudi.engine.synth.write import Written


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--households", type=int, required=True, metavar="N", help="how many households")
    parser.add_argument("--seed", type=int, required=True, metavar="S", help="the same seed gives the same county")
    parser.add_argument(
        "--out", type=Path, required=True, metavar="DIR", help="a new folder, or an earlier sample to replace"
    )
    parser.add_argument("--period", metavar="YYYY-MM", help="the current month (default: the last complete month)")
    parser.add_argument(
        "--periods", type=int, default=2, metavar="K", help="monthly deliveries a feed (default 2; bills: at least 12)"
    )
    parser.add_argument(
        "--county", default=DEFAULT_COUNTY, metavar="CODE", help=f"county code, 6 digits (default {DEFAULT_COUNTY})"
    )
    parser.add_argument("--pack", default="anyang", help="the policy pack that benefits follow (default anyang)")
    parser.add_argument("--json", action="store_true", help="print the summary as one JSON document")


def run(args: argparse.Namespace) -> int:
    period = args.period or _last_complete_month()
    if args.pack not in (known := pack_names()):
        raise InputError(f"there is no pack '{args.pack}'", where="--pack", hint=f"use one of {', '.join(known)}")
    with tqdm(total=max(args.households, 0), unit="户", file=sys.stderr, disable=None, leave=False) as bar:
        county = make_county(
            args.households, args.seed, period, args.periods, county=args.county, pack=args.pack, progress=bar.update
        )
    written = write_county(county, args.out)
    summary = _summary(county, written)
    if args.json:
        print(json.dumps(summary, ensure_ascii=False))
    else:
        _print(summary, args.out)
    return 0


def _last_complete_month() -> str:
    today = datetime.now(tz=UTC) + timedelta(hours=8)
    return f"{today.replace(day=1) - timedelta(days=1):%Y-%m}"


def _summary(county: County, written: Written) -> dict[str, object]:
    mistakes: Counter[str] = Counter()
    for periods in written.files.values():
        for file in periods.values():
            mistakes.update(file.mistakes)
    return {
        "county": county.code,
        "period": county.period,
        "pack": county.pack,
        "households": len(county.households),
        "persons": len(county.persons()),
        "households_by_category": dict(
            Counter(household.category or household.register for household in county.households)
        ),
        "people_outside_the_register": len(county.strangers),
        "registry_rows": written.registry,
        "feed_rows": {
            feed: {period: len(file.lines) for period, file in periods.items()}
            for feed, periods in written.files.items()
        },
        "planted": dict(sorted(Counter(case.indicator for case in county.planted).items())),
        "near_misses": dict(sorted(Counter(case.indicator for case in county.near_misses).items())),
        "mistakes": {name: {"rate": RATES[name], "rows": mistakes[name]} for name in RATES},
    }


_CATEGORIES = {
    "DIBAO": "最低生活保障", "TEKUN": "特困", "MARGIN": "低保边缘", "RIGID": "刚性支出困难", "OTHER": "其他困难",
    "WATCH": "关注（未纳入）", "RETAINED": "保留名册",
}  # fmt: skip
_MISTAKES = {
    "fifteen_digits": "15位身份证号",
    "full_width": "全角数字",
    "lower_case_x": "小写x",
    "spaces_in_id": "号码中有空格",
    "name_typo": "姓名错别字",
    "exact_duplicate": "完全重复行",
    "wrong_check_digit": "校验码错误",
    "truncated_id": "号码缺位",
    "missing_name": "缺姓名",
    "bad_date": "日期不存在",
    "unknown_code": "代码不在约定内",
    "key_conflict": "关键字段相同而内容不同",
    "parts_exceed_total": "分项之和超过总额",
    "scientific_notation": "号码成了科学计数法",
}


def _print(summary: dict[str, object], out: Path) -> None:
    def table(name: str) -> dict[str, object]:
        found = summary[name]
        assert isinstance(found, dict)
        return found

    print(f"样例县 {summary['county']}  账期 {summary['period']}  → {out}")
    print(f"{summary['households']} 户 {summary['persons']} 人")
    print(f"部门数据中另有 {summary['people_outside_the_register']} 名不在册人员")
    print(
        "户数：" + "，".join(f"{_CATEGORIES[name]} {count}" for name, count in table("households_by_category").items())
    )
    for feed, periods in table("feed_rows").items():
        assert isinstance(periods, dict)
        print(f"  {feed}: {len(periods)} 期，本期 {periods[summary['period']]} 行")
    print("预埋情形：" + "，".join(f"{code} {count}" for code, count in table("planted").items()))
    print("相近而不触发：" + "，".join(f"{code} {count}" for code, count in table("near_misses").items()))
    shown = [
        f"{_MISTAKES[name]} {entry['rows']}" for name, entry in table("mistakes").items() if isinstance(entry, dict)
    ]
    print("录入错误（行）：" + "，".join(shown))
