"""Chinese records of persons with corrupted duplicates, for ``linkage.py``: families, villages, telephones, twins.

Surnames have about the shares that the public surname statistics of recent years name; given names are one or two
characters of their time and sex, the r-th of them with weight 1 / (r + 4). Two random people then bear the same name
about once in 50,000 to 100,000 pairs. A wrong character is one that sounds alike, found among the 3,755 characters of
GB 2312's first level. Nothing comes from a register.
"""

from __future__ import annotations

import random
import re
from collections import defaultdict
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
from pypinyin import lazy_pinyin

from doudi.engine.identity import check_digit

# How a duplicate differs: each happens on its own with this probability.
CORRUPTIONS = {
    "name_same_sound": 0.25,
    "name_near_sound": 0.02,
    "name_other_character": 0.02,
    "name_character_left_out": 0.01,
    "birth_digit_swapped": 0.05,
    "birth_digit_wrong": 0.05,
    "sex_wrong": 0.01,
    "phone_new": 0.15,
    "phone_missing": 0.25,
    "phone_digit_wrong": 0.03,
    "address_moved_in_county": 0.06,
    "address_moved_away": 0.04,
    "address_missing": 0.08,
    "address_written_otherwise": 0.30,
}
# A duplicate never has the good number, or no model would be needed; it has a mistyped one or none.
NUMBER_MISTYPED = 0.25
ORIGINAL_WITHOUT_NUMBER = 0.10
TWINS = 0.012
TODAY = date(2025, 3, 1)
SCHEMA = pa.schema(
    [("record_id", pa.int64()), ("person", pa.int64()), ("name", pa.string()), ("sex", pa.string()),
     ("birth_date", pa.date32()), ("division", pa.string()), ("address", pa.string()), ("phone", pa.string()),
     ("id_number", pa.string())]
)  # fmt: skip
COMMON = bytes(byte for row in range(0xB0, 0xD8) for cell in range(0xA1, 0xFF) for byte in (row, cell)).decode(
    "gb2312", "ignore"
)
SOUNDS = dict(zip(COMMON, lazy_pinyin(list(COMMON)), strict=True))
ALIKE: dict[str, list[str]] = defaultdict(list)
NEARLY: dict[str, list[str]] = defaultdict(list)


def _accented(sound: str) -> str:
    """As who does not tell zh from z, l from n, -ng from -n says it."""
    return re.sub("ng$", "n", re.sub("^l", "n", re.sub("^([zcs])h", r"\1", sound)))


for _character, _sound in SOUNDS.items():
    ALIKE[_sound].append(_character)
    NEARLY[_accented(_sound)].append(_character)
# Per mille of the population, from general knowledge; the rest below.
_SURNAMES = re.findall(
    r"(\D)(\d+)",
    "王71李70张67刘51陈46杨31黄22赵21吴20周19徐14孙14马13朱12胡12郭12何11林11高10罗10郑9梁8谢8宋7唐7许7韩7邓6冯6曹6彭6曾6肖6田5董5潘5袁5蔡5蒋5余5于5杜5叶5程4魏4苏4吕4丁4任4卢4姚4沈4钟4姜4崔4谭4陆3范3汪3廖3石3金3韦3贾3"
    "夏3付3方3邹3熊3白3孟3秦3邱3侯3江3尹3薛3闫3段3雷3龙2黎2史2陶2贺2毛2郝2顾2龚2邵2万2覃2武2钱2戴2严2莫2孔2向2常2汤2温2康2施1文1牛1樊1葛1邢1安1齐1易1乔1伍1庞1颜1倪1庄1聂1章1鲁1岳1翟1殷1詹1申1欧1耿1关1兰1焦1俞1左1柳1",
)
FAMILY = ([name for name, _ in _SURNAMES], [int(share) for _, share in _SURNAMES])
# Until the birth year: the characters of given names for men and for women, the commonest first.
_GIVEN = (
    (
        1966,
        (
            "国明华建德文林玉福生金春永志荣成平清光海新兴长忠庆祥云山昌学树义元贵万保宝友喜财根龙正宗仁邦耀启发顺"
            "富松善芳军世有广才堂本田水土木火全安和"
        ),
        (
            "秀英玉桂兰珍芳凤梅素爱淑华翠金香琴春云莲花芝芬琼霞月红莉珠娥荣菊娣英仙妹彩美改巧惠银丽贞枝环叶竹友连"
            "先贤清绍德文雪水会群"
        ),
    ),
    (
        1986,
        (
            "军建伟国志强华明平永海文红勇春斌林峰新辉波忠东俊杰涛庆刚飞小晓义振德卫学成宏云龙亮江超光利安青松荣晖"
            "毅雄彬鹏民武根清元双全友生福来"
        ),
        (
            "丽红英敏玲艳霞燕芳萍娟梅华琴秀桂静云慧洁莉春晓小玉芬海爱淑凤珍兰香文娜蓉美彩琼瑞倩雪冬青翠蕾丹颖虹群"
            "惠荣利亚立清"
        ),
    ),
    (
        2003,
        (
            "伟超鹏杰磊浩俊涛强飞龙波斌宇亮凯阳健帅辉鑫旭勇志建文明东晓海峰博威振晨翔坤睿天宏子林成彬家永少云程豪"
            "乐康兵瑞诚力"
        ),
        ("婷静娜丽雪莹倩颖慧敏丹晶燕娟琳雅洁玲佳萍芳蕾欣梦晓小雨思文红媛瑶露璐莎艳怡梅琪洋悦月春秋冰玉海亚凡园影"),
    ),
    (
        9999,
        ("子浩宇轩梓俊博泽睿涵晨辰铭昊然佳一天文嘉家明诺航阳皓霖瑞熙奕书恒景逸承润哲思源安乐言锦煜翰宸柏齐墨尚远修知"),
        "子梓涵萱怡雨欣诗妍琪佳依一诺可语悦瑶馨彤思婉若晨汐桐雅琳嘉心米钰菲宁然沐芷夏艺珂曦奕乐伊芸书语童安琦",
    ),
)
_ONE_CHARACTER = (0.10, 0.25, 0.35, 0.08)


def _given(rng: random.Random, sex: str, year: int) -> str:
    at = next(at for at, era in enumerate(_GIVEN) if year < era[0])
    pool = _GIVEN[at][1 if sex == "male" else 2]
    weights = [1 / (rank + 5) for rank in range(len(pool))]
    if rng.random() < _ONE_CHARACTER[at]:
        return rng.choices(pool, weights)[0]
    return "".join(rng.choices(pool, weights, k=2))


def _surname(rng: random.Random) -> str:
    return rng.choices(*FAMILY)[0]


_PLACES = "张王李赵刘陈杨孙马高郭何胡林罗郑梁宋唐许邓冯韩曹曾彭萧蔡潘田董袁于余叶蒋杜苏魏程吕丁沈任姚卢"
_KINDS = ("庄", "家村", "家沟", "家坪", "寨", "家营", "集", "家湾")


class Places:
    """Counties with their townships and villages; a village has about 40 households."""

    def __init__(self, rng: random.Random, people: int) -> None:
        self.counties = [f"{code}" for code in range(410500, 410500 + max(3, people // 50_000))]
        self.villages: dict[str, list[tuple[str, str]]] = {}
        for county in self.counties:
            wanted = max(3, people // len(self.counties) // 120)
            self.villages[county] = [
                (
                    f"{county}{1 + at // 15:03d}{1 + at % 15:03d}",
                    f"{rng.choice(_PLACES)}{rng.choice('家桥店河山')}镇{rng.choice(_PLACES)}{rng.choice(_KINDS)}",
                )
                for at in range(wanted)
            ]

    def home(self, rng: random.Random, county: str) -> tuple[str, str]:
        village, name = rng.choice(self.villages[county])
        return village, f"{name}{rng.randint(1, 12)}组{rng.randint(1, 99)}号"


def _number(rng: random.Random, county: str, born: date, sex: str, given: set[str]) -> str:
    while True:
        body = f"{county}{born:%Y%m%d}{rng.randrange(0, 500) * 2 + (sex == 'male'):03d}"
        if body not in given:
            given.add(body)
            return body + check_digit(body)


def _phone(rng: random.Random) -> str:
    return rng.choice(("13", "15", "18", "17", "19")) + f"{rng.randrange(10**9):09d}"


def _family(rng: random.Random, places: Places, numbers: set[str]) -> Iterator[dict[str, object]]:
    county = rng.choice(places.counties)
    village, address = places.home(rng, county)
    shared = _phone(rng)
    family = _surname(rng)
    head = TODAY - timedelta(days=rng.randint(9_000, 31_000))
    born = [(family, head)]
    if rng.random() < 0.6:
        born.append((_surname(rng), head + timedelta(days=rng.randint(-1500, 2500))))
    child = head + timedelta(days=rng.randint(7_500, 11_500))
    for _ in range(rng.choices((0, 1, 2, 3), (4, 4, 3, 1))[0]):
        if child < TODAY:
            born.append((family, child))
            if rng.random() < TWINS:
                born.append((family, child))
        child += timedelta(days=rng.randint(400, 1800))
    sounds = {""}
    for family, day in born:
        sex, name, sound = rng.choice(("male", "female")), "", ""
        while sound in sounds:  # no two of a family are called alike
            name = family + _given(rng, sex, day.year)
            sound = "".join(lazy_pinyin(name))
        sounds.add(sound)
        number = None if rng.random() < ORIGINAL_WITHOUT_NUMBER else _number(rng, county, day, sex, numbers)
        age = (TODAY - day).days // 365
        own = _phone(rng) if 16 <= age < 70 and rng.random() < 0.8 else shared
        yield {
            "name": name,
            "sex": sex,
            "birth_date": day,
            "division": village,
            "address": address if rng.random() < 0.97 else None,
            "phone": own if rng.random() < 0.85 else None,
            "id_number": number,
        }


def _swap(rng: random.Random, text: str) -> str:
    at = rng.choice([at for at in range(len(text) - 1) if text[at] != text[at + 1]] or [0])
    return text[:at] + text[at + 1] + text[at] + text[at + 2 :]


def _digit(rng: random.Random, text: str) -> str:
    at = rng.randrange(len(text))
    return text[:at] + rng.choice([digit for digit in "0123456789" if digit != text[at]]) + text[at + 1 :]


def _date(rng: random.Random, born: date, change: object) -> date:
    for _ in range(20):
        text = change(rng, f"{born:%Y%m%d}")  # type: ignore[operator]
        try:
            found = date(int(text[:4]), int(text[4:6]), int(text[6:]))
        except ValueError:
            continue
        if found.year >= 1915 and found <= TODAY:
            return found
    return born


def _otherwise(rng: random.Random, address: str) -> str:
    wide = str.maketrans("0123456789", "０１２３４５６７８９")
    return rng.choice(
        (address.translate(wide), address.replace("号", ""), address.replace("镇", "镇 "), address.split("镇")[-1])
    )


def _misheard(rng: random.Random, name: str, *, nearly: bool) -> str:
    at = rng.randrange(1, len(name)) if rng.random() < 0.9 else 0
    sound = SOUNDS.get(name[at], "")
    others = NEARLY[_accented(sound)] if nearly else ALIKE[sound]
    others = [other for other in others if other != name[at]]
    return name[:at] + rng.choice(others) + name[at + 1 :] if others else name


def corrupted(rng: random.Random, original: dict[str, object], places: Places) -> dict[str, object]:
    """A second record of the same person, as another clerk typed it in another year."""
    record = dict(original)
    happens = {key for key, probability in CORRUPTIONS.items() if rng.random() < probability}
    name, born, phone, address = (record[key] for key in ("name", "birth_date", "phone", "address"))
    assert isinstance(name, str)
    assert isinstance(born, date)
    if "name_same_sound" in happens:
        name = _misheard(rng, name, nearly=False)
    if "name_near_sound" in happens:
        name = _misheard(rng, name, nearly=True)
    if "name_other_character" in happens:
        name = name[:-1] + rng.choice(COMMON)
    if "name_character_left_out" in happens and len(name) > 2:
        name = name[0] + name[2:]
    if "birth_digit_swapped" in happens:
        born = _date(rng, born, _swap)
    if "birth_digit_wrong" in happens:
        born = _date(rng, born, _digit)
    if "sex_wrong" in happens:
        record["sex"] = "female" if record["sex"] == "male" else "male"
    if "phone_new" in happens:
        phone = _phone(rng)
    if "phone_missing" in happens:
        phone = None
    if "phone_digit_wrong" in happens and phone:
        phone = _digit(rng, str(phone))
    county = str(record["division"])[:6]
    if "address_moved_away" in happens:
        record["division"], address = places.home(rng, rng.choice(places.counties))
    elif "address_moved_in_county" in happens:
        record["division"], address = places.home(rng, county)
    if "address_written_otherwise" in happens and address:
        address = _otherwise(rng, str(address))
    if "address_missing" in happens:
        address, record["division"] = None, str(record["division"])[:6]
    number = record["id_number"]
    typed = number and rng.random() < NUMBER_MISTYPED
    record["id_number"] = _digit(rng, str(number)[:17]) + str(number)[17] if typed else None
    return {**record, "name": name, "birth_date": born, "phone": phone, "address": address}


def write_records(path: Path, people: int, *, duplicates: float, seed: int) -> int:
    """Write ``people`` persons and a corrupted record of a share ``duplicates`` of them, in mixed order; the number."""
    rng = random.Random(seed)
    places = Places(rng, people)
    originals: list[dict[str, object]] = []
    numbers: set[str] = set()
    while len(originals) < people:
        originals += _family(rng, places, numbers)
    del originals[people:]
    for person, record in enumerate(originals):
        record["person"] = person
    chosen = rng.sample(range(people), round(people * duplicates))
    records = originals + [corrupted(rng, originals[at], places) for at in chosen]
    rng.shuffle(records)
    for at, record in enumerate(records):
        record["record_id"] = at
    pq.write_table(pa.Table.from_pylist(records, schema=SCHEMA), path)
    return len(records)
