"""Records of persons made comparable: names with their sounds, numbers, telephones and addresses without variants.

The sound of a character is its reading without tone (pypinyin), surnames by their reading as surnames: a clerk who
types by pinyin and takes the wrong character writes a name of the same sound.
"""

from __future__ import annotations

import duckdb
from pypinyin import Style, pinyin

from doudi.engine.errors import InputError
from doudi.engine.identity.bulk import checked_ids, normalised

COLUMNS = ("record_id", "name", "sex", "birth_date", "division", "address", "phone", "id_number")
"""What a table of records must have: ``record_id`` (BIGINT, unique), ``sex`` 'male'/'female', ``birth_date`` DATE,
``division`` a code of 6 to 12 digits, the rest VARCHAR. Only ``record_id`` and ``name`` must be known."""

# Characters that are read otherwise where they are surnames.
_SURNAMES = {
    "单": "shan", "曾": "zeng", "仇": "qiu", "解": "xie", "查": "zha", "区": "ou", "朴": "piao", "任": "ren",
    "华": "hua", "盖": "ge", "缪": "miao", "乐": "yue", "翟": "zhai", "覃": "qin", "冼": "xian", "员": "yun",
    "纪": "ji", "折": "she", "种": "chong", "秘": "bi", "繁": "po", "召": "shao", "尹": "yin", "逄": "pang",
    "阚": "kan", "祭": "zhai", "盛": "sheng", "尉": "wei", "长": "zhang", "宿": "su", "那": "na", "燕": "yan",
}  # fmt: skip
# What speakers of southern and Zhongyuan dialects do not tell apart: flat and curled, n and l, front and back nasals.
_ACCENT = (
    "regexp_replace(regexp_replace(regexp_replace({}, '([zcs])h', '\\1', 'g'), 'ng( |$)', 'n\\1', 'g'),"
    " '(^| )l', '\\1n', 'g')"
)
_HOUSE = "[0-9A-D甲乙丙丁-]*[0-9]+(号|栋|幢|单元|室|户|楼|组|-)?.*$"  # where an address goes on to the house
_WIDE = "'０１２３４５６７８９－—（）ＡＢＣＤ', '0123456789--()ABCD'"


def syllables(name: str, known: dict[str, str]) -> str:
    """The sounds of a name, one a character with a space between; letters of other scripts stand for themselves.

    ``known`` remembers readings between calls.
    """
    found = []
    for place, character in enumerate(name):
        sound = known.get(character)
        if sound is None:
            sound = known[character] = pinyin(character, style=Style.NORMAL)[0][0]
        found.append(_SURNAMES.get(character, sound) if place == 0 else sound)
    return " ".join(found)


def prepare(connection: duckdb.DuckDBPyConnection, source: str, table: str) -> int:
    """Create temporary ``table`` with the comparable form of the records of ``source``; returns their number.

    ``source`` is a table name or a sub-query in brackets with the columns :data:`COLUMNS`. :class:`InputError` names a
    column that is missing, or says that ``record_id`` is not unique.
    """
    have = {row[0] for row in connection.execute(f"DESCRIBE SELECT * FROM {source}").fetchall()}
    if lacking := [column for column in COLUMNS if column not in have]:
        raise InputError(
            f"the records have no column {', '.join(lacking)}", where="records", hint="add it; NULL where it is unknown"
        )
    plain = "regexp_replace(coalesce(name, ''), '[\\s\\x{3000}·•．.・]', '', 'g')"
    known: dict[str, str] = {}
    names = [row[0] for row in connection.execute(f"SELECT DISTINCT {plain} FROM {source}").fetchall()]
    text = f"translate(regexp_replace(coalesce(address, ''), '[\\s\\x{{3000}}]', '', 'g'), {_WIDE})"
    sounds = {"names": names, "sounds": [syllables(name, known) for name in names]}
    connection.execute(
        f"""
CREATE OR REPLACE TEMP TABLE {table} AS
SELECT record_id, nullif(n, '') AS name, nullif(s, '') AS sound, nullif({_ACCENT.format("s")}, '') AS accent,
  nullif(string_split(s, ' ')[1], '') AS surname_sound, length(n)::UTINYINT AS characters,
  substr(n, 2) AS without_1, left(n, 1) || substr(n, 3) AS without_2, left(n, 2) || substr(n, 4) AS without_3,
  CASE WHEN length(n) > 3 THEN left(n, 3) || substr(n, 5) END AS without_4,
  CASE WHEN sex IN ('male', 'female') THEN sex END AS sex,
  birth_date, strftime(birth_date, '%Y%m%d') AS birth_text, year(birth_date)::SMALLINT AS birth_year,
  strftime(birth_date, '%m%d') AS birth_day,
  nullif(a, '') AS address, nullif(regexp_replace(a, '{_HOUSE}', ''), '') AS place,
  CASE WHEN length(division) >= 12 AND right(left(division, 12), 3) <> '000' THEN left(division, 12) END AS village,
  CASE WHEN length(division) >= 9 AND substr(division, 7, 3) <> '000' THEN left(division, 9) END AS township,
  CASE WHEN length(division) >= 6 THEN left(division, 6) END AS county,
  CASE WHEN length(p) >= 7 THEN right(p, 11) END AS phone,
  coalesce(id18, CASE WHEN id_reason IN ('ID_CHECKSUM', 'ID_DATE') AND length(i) = 18 THEN i END) AS number,
  id18 IS NOT NULL AS number_good
FROM (
  SELECT *, {plain} AS n, {text} AS a, regexp_replace(coalesce(phone, ''), '[^0-9]', '', 'g') AS p,
    {normalised("id_number")} AS i
  FROM ({checked_ids(source, "id_number")})) AS r
JOIN (SELECT unnest($names::VARCHAR[]) AS n, unnest($sounds::VARCHAR[]) AS s) AS k USING (n)""",
        sounds,
    )
    [(records, ids)] = connection.execute(f"SELECT count(*), count(DISTINCT record_id) FROM {table}").fetchall()
    if records != ids:
        raise InputError("record_id is not unique", where="records", hint="number the records, each once")
    return int(records)
