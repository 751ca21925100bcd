"""Two townships of one county and another county, with the same person registered twice here and across."""

from __future__ import annotations

import datetime as dt

import pytest

from tests import factories as f

BORN = dt.date(1968, 3, 12)
NAMES = (
    "李秀英",
    "赵国强",
    "周建军",
    "吴丽娟",
    "郑海涛",
    "冯玉兰",
    "陈志刚",
    "褚红霞",
    "卫东升",
    "蒋文杰",
    "沈桂花",
    "韩春梅",
)


def person(name="王建国", *, serial, born=BORN, phone="13700001111", county="410522"):
    return f.make_person(name, birth=born, phone=phone, number=f.id_number(born, serial=serial, county=county))


@pytest.fixture
def others(db):
    """A register to compare against: the frequencies of names and dates come from it."""
    for at, name in enumerate(NAMES):
        born = dt.date(1950 + 4 * at, 1 + at, 3 + at)
        head = f.make_person(name, birth=born, phone=f"1590000{at:04d}")
        f.make_household(f.VILLAGE_B, members=[("head", head)], address=f"乙一村{at}号")


@pytest.fixture
def pair(others):
    """王建国 and 王建囯 of one birth date, telephone and address in one township: surely one person."""
    first, second = person(serial=11), person("王建囯", serial=12)
    households = [
        f.make_household(f.VILLAGE_A, members=[("head", one)], category="DIBAO", address="甲一村3组18号")
        for one in (first, second)
    ]
    return first, second, households


@pytest.fixture
def pair_across(others):
    """The same across two counties of the city."""
    first, second = person(serial=21), person(serial=22, county="410523")
    f.make_household(f.VILLAGE_A, members=[("head", first)], address="甲一村3组18号")
    f.make_household(f.OTHER_VILLAGE, members=[("head", second)], address="丙一村7号")
    return first, second
