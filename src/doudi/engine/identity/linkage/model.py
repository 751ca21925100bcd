"""A linkage model as data: what is compared, in which levels, and what each level weighs (Fellegi and Sunter 1969).

A level's figures are ``m``, its share among pairs of one person, and ``u``, its share among pairs of two; a level with
a ``term`` takes the frequency of the shared value itself for ``u``, so that a rare name weighs more than a common one
and the model fits registers of any size.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

import yaml

from doudi.engine.errors import InputError

OTHERWISE = "ELSE"
ENOUGH = 10_000


@dataclass(frozen=True, slots=True)
class Level:
    """``when``: SQL over ``<column>_l`` and ``<column>_r``, or ``ELSE`` for the last.

    ``term``: the column whose value's frequency stands for ``u``. ``population``: that frequency is one of the whole
    population (names, birth dates), which fewer than :data:`ENOUGH` records cannot tell: among them ``u`` counts.
    """

    key: str
    label: str
    when: str
    m: float | None = None
    u: float | None = None
    term: str = ""
    population: bool = False

    def weighs_by_term(self, records: int) -> bool:
        """Whether among so many records the shared value's own frequency counts."""
        return bool(self.term) and (records >= ENOUGH or not self.population)


@dataclass(frozen=True, slots=True)
class Comparison:
    """``missing``: SQL that is true where a side says nothing; such a pair is judged by its other fields alone.

    ``fixed``: its figures are set and training leaves them as they are.
    """

    field: str
    label: str
    missing: str
    levels: tuple[Level, ...]
    fixed: bool = False


@dataclass(frozen=True, slots=True)
class Doubt:
    """A reason never to take a pair for one person without a closer look, whatever its weight.

    ``when``: SQL over the two records ``l`` and ``r`` and the level each field reached, ``<field>_level``.
    """

    key: str
    label: str
    when: str


@dataclass(frozen=True, slots=True)
class Model:
    """``blocking``: pairs are compared that agree in all columns of one of its rules (or fulfil its SQL condition).

    ``training``: the rules under which the figures are estimated; each field needs one that does not contain it.
    ``share``: how many of the records are expected to have a partner.
    """

    comparisons: tuple[Comparison, ...]
    blocking: tuple[str, ...]
    training: tuple[str, ...]
    doubts: tuple[Doubt, ...] = ()
    share: float = 0.05
    provenance: str = ""

    @property
    def trained(self) -> bool:
        return all(level.m is not None for comparison in self.comparisons for level in comparison.levels)

    def figures(self) -> dict[str, Any]:
        """The figures as plain data, for a file of their own: ``with_figures`` puts them back."""
        return {
            "provenance": self.provenance,
            "figures": {
                comparison.field: {level.key: [level.m, level.u] for level in comparison.levels}
                for comparison in self.comparisons
                if not comparison.fixed
            },
        }

    def with_figures(self, data: Mapping[str, Any]) -> Model:
        """The model with the figures of ``figures()``; :class:`InputError` for a level without."""
        try:
            comparisons = tuple(
                comparison
                if comparison.fixed
                else replace(
                    comparison,
                    levels=tuple(
                        replace(level, m=m, u=u)
                        for level in comparison.levels
                        for m, u in [data["figures"][comparison.field][level.key]]
                    ),
                )
                for comparison in self.comparisons
            )
        except KeyError as error:
            raise InputError(f"no figures for {error}", where="model", hint="train the model again") from error
        return replace(self, comparisons=comparisons, provenance=data["provenance"])


def agreeing(*columns: str) -> str:
    """The blocking rule that both records have the same values in these columns."""
    return " AND ".join(f"l.{column} = r.{column}" for column in columns)


def load_model(path: Path) -> Model:
    """The model of a YAML file; :class:`InputError` where it is incomplete."""
    data = yaml.safe_load(path.read_text(encoding="utf-8"))
    try:
        model = Model(
            comparisons=tuple(
                Comparison(
                    item["field"],
                    item["label"],
                    item["missing"],
                    tuple(Level(**level) for level in item["levels"]),
                    item.get("fixed", False),
                )
                for item in data["comparisons"]
            ),
            blocking=tuple(agreeing(*columns) for columns in data["blocking"]),
            training=tuple(agreeing(*columns) for columns in data["training"]),
            doubts=tuple(Doubt(**item) for item in data.get("doubts", [])),
            share=float(data["share"]),
        )
    except (KeyError, TypeError) as error:
        raise InputError(f"the model is incomplete: {error}", where=str(path), hint="see docs/linkage.md") from error
    for comparison in model.comparisons:
        if comparison.levels[-1].when != OTHERWISE:
            raise InputError(
                f"{comparison.field}: the last level is not {OTHERWISE}",
                where=str(path),
                hint="add the level for the rest",
            )
    return model


def splink_settings(
    model: Model,
    kind: Literal["dedupe_only", "link_only"],
    *,
    comparisons_possible: float,
    smaller: int,
    larger: int,
) -> dict[str, Any]:
    """Splink's settings for the model. Of the ``smaller`` side's records ``model.share`` have a partner."""
    return {
        "link_type": kind,
        "unique_id_column_name": "record_id",
        "probability_two_random_records_match": min(0.5, model.share * smaller / max(1.0, comparisons_possible)),
        "retain_matching_columns": True,  # the levels reached come with them
        "retain_intermediate_calculation_columns": True,
        "blocking_rules_to_generate_predictions": [{"blocking_rule": rule} for rule in model.blocking],
        "comparisons": [
            {
                "output_column_name": comparison.field,
                "comparison_levels": [
                    {"sql_condition": comparison.missing, "label_for_charts": "missing", "is_null_level": True},
                    *(_level(level, larger) for level in comparison.levels),
                ],
            }
            for comparison in model.comparisons
        ],
    }


def _level(level: Level, records: int) -> dict[str, Any]:
    found: dict[str, Any] = {"sql_condition": level.when, "label_for_charts": level.key}
    if level.m is not None:
        found["m_probability"] = level.m
    if level.u is not None:
        found["u_probability"] = level.u
    if level.weighs_by_term(records):
        found["tf_adjustment_column"] = level.term
    return found
