"""The household list over a large register: statements and CPU-milliseconds a page, first page and deep inside.

Makes a register of N persons (default 1,000,000; about 2.7 a household) by SQL in a scratch database, signs officers of
three levels in, and asks for pages of 50 rows through the whole stack (middleware, view, template). CPU is that of this
process plus that of its database backend. Prints one JSON document.

    python benchmarks/lists.py [PERSONS] [--home DIR]     a home that holds the register of an earlier run is used again
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
PER_HOUSEHOLD = 2.67
REPEATS = 15
CITY = "410500000000"

GENERATE = """
SET session_replication_role = replica;
INSERT INTO division (code, name, level, parent_id)
    SELECT '410000000000', '样例省', 1, NULL UNION ALL SELECT '410500000000', '样例市', 2, '410000000000';
INSERT INTO division (code, name, level, parent_id)
    SELECT '4105' || lpad(c::text, 2, '0') || '000000', '样例县' || c, 3, '410500000000' FROM generate_series(1, 10) c;
INSERT INTO division (code, name, level, parent_id)
    SELECT left(code, 6) || lpad((100 + t)::text, 3, '0') || '000', '样例镇' || t, 4, code
    FROM division, generate_series(0, 19) t WHERE level = 3;
INSERT INTO division (code, name, level, parent_id)
    SELECT left(code, 9) || lpad((200 + v)::text, 3, '0'), '样例村' || v, 5, code
    FROM division, generate_series(0, 29) v WHERE level = 4;
INSERT INTO person (id, uid, name, sex, birth_date, ethnicity, marital_status, id_number_sealed, id_token,
    id_last6_token, person_key, account_bank, labour_ability, created_at)
    SELECT p, gen_random_uuid(),
        substr('王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗', 1 + (p * 7 % 20)::int, 1)
        || substr('秀英桂兰建国志强海涛玉梅小红文军春霞', 1 + (p * 13 % 18)::int, 1)
        || substr('伟芳娜敏静丽强磊洋艳勇军杰娟涛明超', 1 + (p * 29 % 17)::int, 1),
        CASE p % 2 WHEN 0 THEN 'male' ELSE 'female' END, DATE '1940-01-01' + (p * 37 % 27000)::int, '01', '10',
        decode(md5(p::text), 'hex'), md5('token' || p) || md5(p::text), md5('last' || p % 500000) || md5('l'), p, '',
        'full', now()
    FROM generate_series(1, {persons}) p;
INSERT INTO household (id, province_code, city_code, county_code, township_code, village_code, household_no,
    household_key, head_id, head_name, area, address, register, category, category_from, member_count, monthly_benefit,
    has_staff_relative, channel, created_at)
    SELECT h, '410000000000', '410500000000', left(v.code, 6) || '000000', left(v.code, 9) || '000', v.code,
        'H' || lpad(h::text, 10, '0'), h, p.id, p.name, 'rural', '第 ' || h % 12 || ' 组', 'ACTIVE',
        (ARRAY['DIBAO', 'DIBAO', 'DIBAO', 'TEKUN', 'MARGIN', 'RIGID'])[1 + h % 6], DATE '2023-01-01', 3, 418.50, false,
        '', now()
    FROM generate_series(1, {households}) h
    JOIN (SELECT code, row_number() OVER (ORDER BY md5(code)) - 1 AS n FROM division WHERE level = 5) v
        ON v.n = h % (SELECT count(*) FROM division WHERE level = 5)
    JOIN person p ON p.id = 1 + (h - 1) * {persons}::bigint / {households};
INSERT INTO membership (household_id, person_id, relation, from_date)
    SELECT least({households}, 1 + (p - 1) * {households}::bigint / {persons}), p, 'child', DATE '2023-01-01'
    FROM generate_series(1, {persons}) p;
SET session_replication_role = DEFAULT;
ANALYZE;
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("persons", nargs="?", type=int, default=1_000_000)
    parser.add_argument("--home", type=Path, help="folder of the scratch installation (default: a temporary one)")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        os.environ["DOUDI_HOME"] = str(arguments.home or temporary)
        os.environ.pop("DATABASE_URL", None)
        os.environ["DJANGO_SETTINGS_MODULE"] = "doudi.web.settings"
        print(json.dumps(run(arguments.persons), ensure_ascii=False, indent=1))


def run(persons: int) -> dict[str, Any]:
    import django

    django.setup()
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    started = time.time()
    made = generate(persons)
    result: dict[str, Any] = {
        "persons": persons,
        "households": made,
        "rows": 50,
        "generated_seconds": round(time.time() - started, 1),
    }
    result["bar"] = {"statements": 10, "cpu_ms": 25}
    result["pages"] = [
        measure(level, role, division, label, query)
        for level, role, division in (
            ("city", "CITY_CA", CITY),
            ("county", "CNTY_REVIEW", "410503000000"),
            ("township", "TOWN_CLERK", "410503105000"),
        )
        for label, query in searches(division, made)
    ]
    return result


def generate(persons: int) -> int:
    from django.db import connection

    households = round(persons / PER_HOUSEHOLD)
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM household")
        if cursor.fetchone()[0] != households:
            sql = GENERATE.format(persons=persons, households=households)
            cursor.execute(sql)
    return households


def searches(division: str, households: int) -> list[tuple[str, dict[str, str]]]:
    """What is asked for: the first page, one deep inside (by key), and the usual searches."""
    from doudi.apps.base.paging import _encode
    from doudi.apps.registry.models import Household

    deep = _encode(False, Household(pk=households * 9 // 10), ["id"])
    return [
        ("first page", {}),
        ("deep page", {"cursor": deep}),
        ("category", {"category": "TEKUN"}),
        ("name", {"name": "王秀"}),
        ("last six", {"id_last6": "12345X"}),
    ]


def measure(level: str, role: str, division: str, label: str, query: dict[str, str]) -> dict[str, Any]:
    """Median CPU of a page (this process and its backend), and its statements."""
    from django.db import connection
    from django.test import Client
    from django.test.utils import CaptureQueriesContext

    client = Client(headers={"host": "localhost"})
    client.force_login(officer(role, division))
    query = {"size": "50", **query}
    client.get("/households/", query)
    with CaptureQueriesContext(connection) as captured:
        answer = client.get("/households/", query)
        statements = len(captured)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        backend = int(cursor.fetchone()[0])
    ours, theirs = [], backend_cpu(backend)
    for _ in range(REPEATS):
        before = time.process_time()
        client.get("/households/", query)
        ours.append(time.process_time() - before)
    database = (backend_cpu(backend) - theirs) / REPEATS
    return {
        "scope": level,
        "search": label,
        "status": answer.status_code,
        "rows": answer.content.count(b'data-label="\xe6\x88\xb7\xe5\x8f\xb7"'),
        "statements": statements,
        "python_cpu_ms": round(statistics.median(ours) * 1000, 2),
        "database_cpu_ms": round(database * 1000, 2),
        "cpu_ms": round((statistics.median(ours) + database) * 1000, 2),
    }


def officer(role: str, division: str) -> Any:
    from tests import factories

    factories.make_divisions = lambda: None
    from doudi.apps.accounts.models import User

    return User.objects.filter(username=f"bench-{role}").first() or factories.make_user(
        role, division, username=f"bench-{role}"
    )


def backend_cpu(pid: int) -> float:
    """CPU-seconds of a database process so far (user and system, with what it waited for)."""
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


if __name__ == "__main__":
    main()
