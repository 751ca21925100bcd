"""The sample county's townships, villages and addresses."""

from __future__ import annotations

import csv
import gzip
from importlib import resources
from random import Random

from doudi.engine.errors import InputError
from doudi.engine.synth.model import Area, Village

DEFAULT_COUNTY = "410522"
_COUNTY_NAMES = {DEFAULT_COUNTY: "安阳县"}

# Invented, and named so that nobody takes them for real places.
_SAMPLE_TOWNSHIPS = (
    "示例清河镇 镇 东岗 西岗 前渠 后渠 柳园 石桥 马庄 寺前",
    "示例白塔镇 镇 塔东 塔西 大槐树 小槐树 北关 南关 吕村 双井",
    "示例永和镇 镇 永和 永安 永兴 王家口 李家口 河湾 上堤 下堤",
    "示例高庄乡 乡 高庄 低庄 北坡 南坡 核桃洼 杏花岭 羊圈沟 石门",
    "示例辛店乡 乡 辛店 旧店 铺头 铺尾 方山 圆山 东窑 西窑",
    "示例城关街道 街 东风 建设 和平 解放 文化 新华",
)
_ESTATES = ("安居苑", "惠民小区", "幸福里", "阳光花园", "机械厂家属院", "棉纺厂家属院", "河畔新村")


def villages_of(county: str) -> tuple[str, list[Village]]:
    """Name and villages of a county (6 digits): real ones where the divisions file is installed, else invented ones.

    Raises InputError where the code is not six digits, or the divisions file does not know it.
    """
    if not (len(county) == 6 and county.isascii() and county.isdigit()):
        raise InputError(f"'{county}' is not a county code", where="--county", hint="give the six digits of GB/T 2260")
    file = resources.files("doudi.catalogue").joinpath("divisions.csv.gz")
    if not file.is_file():
        return _COUNTY_NAMES.get(county, "示例县"), _sample_villages(county)
    with file.open("rb") as raw, gzip.open(raw, "rt", encoding="utf-8", newline="") as text:
        rows = [
            (row["code"].ljust(12, "0"), row["name"]) for row in csv.DictReader(text) if row["code"].startswith(county)
        ]
    name = next((name for code, name in rows if code == county + "000000"), _COUNTY_NAMES.get(county, ""))
    townships = {code: name for code, name in rows if code.endswith("000") and code[6:9] != "000"}
    villages = [
        Village(code, name, code[:9] + "000", townships[code[:9] + "000"], _area(name))
        for code, name in rows
        if not code.endswith("000") and code[:9] + "000" in townships
    ]
    if not villages:
        raise InputError(
            f"no village of county {county} is known", where="--county", hint="give a county of the divisions file"
        )
    return name, villages


def _area(name: str) -> Area:
    return "urban" if name.endswith(("居民委员会", "居委会", "社区")) else "rural"


def _sample_villages(county: str) -> list[Village]:
    villages = []
    for number, line in enumerate(_SAMPLE_TOWNSHIPS, 1):
        township, kind, *names = line.split()
        code = f"{county}{900 + number}000"
        for index, name in enumerate(names, 1):
            urban = kind == "街"
            suffix = "社区居民委员会" if urban else "村村民委员会"
            village = f"{code[:9]}{index if urban else 200 + index:03d}"
            villages.append(Village(village, name + suffix, code, township, "urban" if urban else "rural"))
    return villages


def address(rng: Random, county_name: str, village: Village) -> str:
    short = village.name
    for ending in ("村民委员会", "居民委员会", "村委会", "居委会"):
        short = short.removesuffix(ending)
    place = county_name + village.township_name + short
    if village.area == "rural":
        return f"{place}{rng.randint(1, 12)}组{rng.randint(1, 180)}号"
    room = f"{rng.randint(1, 6)}0{rng.randint(1, 4)}室"
    return f"{place}{rng.choice(_ESTATES)}{rng.randint(1, 24)}号楼{rng.randint(1, 4)}单元{room}"
