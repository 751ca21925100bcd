"""The table of divisions: loaded, named, walked; grids below villages."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest
from django.test import Client

from doudi.apps.accounts.queries import division_choices
from doudi.apps.audit.models import AccessLog
from doudi.apps.base.errors import Invalid, Refused
from doudi.apps.divisions import services
from doudi.apps.divisions.models import Division, Level
from doudi.apps.divisions.queries import (
    ancestry,
    children,
    choices,
    division_name,
    division_names,
    division_path,
    is_within,
)
from tests.apps.pages import queries_of
from tests.factories import COUNTY, TOWN_A, TOWN_B, VILLAGE_A, make_divisions, make_user

pytestmark = pytest.mark.django_db
HEAD = "code,name,level,parent_code\n"
ROWS = "410000000000,河南省,1,\n410500000000,安阳市,2,410000000000\n410522000000,安阳县,3,410500000000\n"


def write(folder: Path, text: str, name: str = "divisions.csv") -> Path:
    path = folder / name
    path.write_bytes(gzip.compress(text.encode()) if name.endswith(".gz") else text.encode())
    return path


@pytest.mark.skipif(not services.shipped_file().is_file(), reason="tools/frontend.py has not run")
def test_the_shipped_table_names_the_four_regions_down_to_the_village() -> None:
    counted = services.load_divisions()
    assert counted["new"] == Division.objects.count() > 30_000
    assert services.load_divisions() == {"new": 0, "changed": 0, "same": counted["new"]}
    levels = {
        code: Division.objects.get(pk=code) for code in ("410500000000", "410100000000", "621000000000", "420000000000")
    }
    assert [one.name for one in levels.values()] == ["安阳市", "郑州市", "庆阳市", "湖北省"]
    assert division_name("410522000000") == "安阳县"
    village = Division.objects.filter(level=Level.VILLAGE, pk__startswith="621026").order_by("pk")[0]
    assert ancestry(village.pk)[:3] == ["620000000000", "621000000000", "621026000000"]
    assert village.parent.parent_id == "621026000000"


def test_a_second_file_changes_names_adds_rows_and_leaves_the_rest(tmp_path: Path) -> None:
    services.load_divisions(path=write(tmp_path, HEAD + ROWS, "a.csv.gz"))
    assert division_name("410522000000") == "安阳县"
    changed = ROWS.replace("安阳县", "安阳新县").replace(
        "410000000000,河南省,1,\n", "410000000000,河南省,1,\n420000000000,湖北省,1,\n"
    )
    assert services.load_divisions(path=write(tmp_path, HEAD + changed)) == {"new": 1, "changed": 1, "same": 2}
    assert Division.objects.get(pk="410522000000").name == "安阳新县"
    assert AccessLog.objects.filter(action="ADMIN", object_type="divisions").count() == 2


@pytest.mark.parametrize(
    ("text", "where"),
    [
        ("code;name\n1;2\n", ""),
        (HEAD + "4105,安阳市,2,410000000000\n", "第 2 行"),
        (HEAD + ROWS + "410522100000,,4,410522000000\n", "第 5 行"),
        (HEAD + ROWS + "410522100000,甲镇,4,410523000000\n", "第 5 行"),
        (HEAD + ROWS + "410522100000,甲镇,4,\n", "第 5 行"),
        (HEAD + ROWS + "410522100000,甲镇,9,410522000000\n", "第 5 行"),
        (HEAD + ROWS + "41052210000A,甲镇,4,410522000000\n", "第 5 行"),
    ],
)
def test_a_wrong_line_is_named_and_nothing_is_written(tmp_path: Path, text: str, where: str) -> None:
    with pytest.raises(Invalid) as caught:
        services.load_divisions(path=write(tmp_path, text))
    assert where in (caught.value.where or "")
    assert not Division.objects.exists()


def test_a_missing_file_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(Invalid, match="没有行政区划文件"):
        services.load_divisions(path=tmp_path / "none.csv")


def test_names_and_paths() -> None:
    make_divisions()
    assert division_path(VILLAGE_A) == "安阳市 / 安阳县 / 甲镇 / 甲一村"
    assert division_path(VILLAGE_A, Level.TOWNSHIP) == "甲镇 / 甲一村"
    assert division_path("410000000000") == "河南省"
    assert (division_path(""), division_name("")) == ("", "")
    assert division_name("999999000000") == "999999000000"
    assert [one.name for one in children(COUNTY)] == ["甲镇", "乙镇"]
    assert [one.name for one in children(None)] == ["河南省"]
    assert (is_within(VILLAGE_A, COUNTY), is_within(COUNTY, COUNTY), is_within(COUNTY, TOWN_A)) == (True, True, False)
    assert choices(level=Level.VILLAGE, within=[TOWN_A]) == [(VILLAGE_A, "甲一村"), ("410522100202", "甲二村")]
    assert choices(level=Level.VILLAGE, within=[]) == []


def test_names_are_read_once(django_assert_num_queries) -> None:
    make_divisions()
    with django_assert_num_queries(1):
        assert division_names([TOWN_A, TOWN_B]) == {TOWN_A: "甲镇", TOWN_B: "乙镇"}
    with django_assert_num_queries(0):
        assert division_name(TOWN_B) == "乙镇"


def test_the_choices_of_an_actor_are_his_subtree() -> None:
    county = make_user("CNTY_REVIEW", COUNTY)
    assert division_choices(actor=county, level=Level.TOWNSHIP) == [(TOWN_A, "甲镇"), (TOWN_B, "乙镇")]
    assert division_choices(actor=make_user("TOWN_CLERK", TOWN_B), level=Level.TOWNSHIP) == [(TOWN_B, "乙镇")]
    assert division_choices(actor=make_user("DEPT_MED", COUNTY), level=Level.TOWNSHIP) == []


def test_a_grid_lies_below_its_village() -> None:
    admin = make_user("SYS_ADMIN")
    grid = services.grid_create(actor=admin, village_code=VILLAGE_A, number="001", name="第一网格")
    assert (grid.code, grid.level, grid.parent_id) == (f"{VILLAGE_A}001", Level.GRID, VILLAGE_A)
    assert division_path(grid.code) == "安阳市 / 安阳县 / 甲镇 / 甲一村 / 第一网格"
    assert is_within(grid.code, TOWN_A)
    with pytest.raises(Invalid) as caught:
        services.grid_create(actor=admin, village_code=VILLAGE_A, number="001", name="又一个")
    assert caught.value.where == "number"
    assert Division.objects.filter(level=Level.GRID).count() == 1


@pytest.mark.parametrize(
    ("village", "number", "name"),
    [(TOWN_A, "001", "甲"), (VILLAGE_A, "1", "甲"), (VILLAGE_A, "００１", "甲"), (VILLAGE_A, "001", " ")],
)
def test_a_wrong_grid_is_refused(village: str, number: str, name: str) -> None:
    with pytest.raises(Invalid):
        services.grid_create(actor=make_user("SYS_ADMIN"), village_code=village, number=number, name=name)
    assert not Division.objects.filter(level=Level.GRID).exists()


def test_only_administrators_make_grids(client: Client) -> None:
    actor = make_user("CNTY_REVIEW")
    with pytest.raises(Refused):
        services.grid_create(actor=actor, village_code=VILLAGE_A, number="001", name="甲")
    client.force_login(actor)
    assert client.get("/divisions/").status_code == 403
    assert not Division.objects.filter(level=Level.GRID).exists()


def test_the_tree_walks_down_and_adds_a_grid(client: Client) -> None:
    client.force_login(make_user("SYS_ADMIN"))
    assert "安阳县" in client.get("/divisions/", {"code": "410500000000"}).content.decode()
    assert client.get("/divisions/", {"code": "123"}).status_code == 404
    answer = client.post("/divisions/grids/", {"village": VILLAGE_A, "number": "9", "name": "第九网格"})
    assert answer.status_code == 422
    assert 'value="第九网格"' in answer.content.decode()
    answer = client.post("/divisions/grids/", {"village": VILLAGE_A, "number": "009", "name": "第九网格"})
    assert answer["Location"] == f"/divisions/?code={VILLAGE_A}"
    queries_of(client, "divisions:tree", code=VILLAGE_A)
