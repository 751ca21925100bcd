"""DuckDB beyond its memory limit."""

from __future__ import annotations

from pathlib import Path

from doudi.engine.backends.duckdb import connect

ROWS = 2_000_000
LARGE = f"SELECT DISTINCT hash(i) AS h, i || 'a text that takes some room' AS t FROM range({ROWS}) AS r(i)"


def test_a_query_beyond_the_limit_spills_and_ends(tmp_path: Path) -> None:
    with connect(memory_limit="80MB", temp_directory=tmp_path) as connection:
        assert connection.execute(f"SELECT count(*) FROM ({LARGE})").fetchone() == (ROWS,)


def test_what_is_spilled_cannot_be_read(tmp_path: Path) -> None:
    with connect(memory_limit="80MB", temp_directory=tmp_path, threads=1) as connection:
        connection.execute(f"CREATE TABLE large AS {LARGE}")
        connection.execute("CREATE TABLE more AS SELECT t || t AS t FROM large")
        files = [path for path in tmp_path.rglob("*") if path.is_file()]
        assert files, "nothing was spilled"
        assert not any(b"a text that takes some room" in path.read_bytes() for path in files)
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]
