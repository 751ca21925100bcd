"""Packs and standards per division, decisions from the register's facts, and what follows from confirming them."""

from __future__ import annotations

import datetime as dt
import json
from decimal import Decimal

import pytest

from doudi.apps.base import clock
from doudi.apps.base.errors import Conflict, Invalid, NotFound, Refused
from doudi.apps.chain.models import ChainEvent, Kind
from doudi.apps.determination import services
from doudi.apps.determination.models import Decision
from doudi.apps.policy.services import StandardRow, standards_import
from doudi.apps.registry import services as registry
from doudi.apps.registry.models import CategoryStatus, Health, Income
from tests import factories as f

pytestmark = pytest.mark.django_db
DAY = dt.date(2025, 3, 1)
START = dt.date(2024, 1, 1)


@pytest.fixture(autouse=True)
def _on_the_day():
    with clock.at(clock.at_noon(DAY)):
        yield


def standards(county=f.COUNTY, **values):
    """Sample standards of a county: {name: value or {area: value}}."""
    values = values or {"dibao_standard": {"urban": 800, "rural": 600}, "disposable_income": 36000}
    rows = [
        StandardRow(name, county, area, START, number)
        for name, value in values.items()
        for area, number in (value.items() if isinstance(value, dict) else [("", value)])
    ]
    return standards_import(actor=None, rows=rows, is_sample=True)


@pytest.fixture
def family():
    """Urban, three people, 900 yuan a month in all, the head seriously ill."""
    head = f.make_person("张三", birth=dt.date(1979, 2, 1))
    mother = f.make_person("李氏", birth=dt.date(1952, 6, 1), sex="female")
    son = f.make_person("张小", birth=dt.date(2009, 9, 10))
    household = f.make_household(
        f.VILLAGE_A, members=[("head", head), ("parent", mother), ("child", son)], area="urban", income=10800
    )
    registry.fact_record(
        actor=None,
        fact=Health,
        subject_id=head.pk,
        as_of=START,
        source="verified",
        disease="白血病",
        serious_illness=True,
    )
    return household


@pytest.fixture
def officers():
    return f.make_user("TOWN_CLERK", f.TOWN_A), f.make_user("TOWN_HEAD", f.TOWN_A)


class TestCompute:
    def test_registers_facts_give_the_documents_example(self, family, officers):
        """R333: a decision rests on a computed result. 800 × 3 − 900 = 1500.00 a month."""
        standards()
        decision = services.decision_compute(actor=officers[0], household_id=family.pk)
        assert (decision.category, decision.monthly, decision.state) == ("DIBAO", Decimal("1500.00"), "TRIAL")
        assert (decision.pack, decision.as_of, decision.computed_by_id) == ("anyang", DAY, officers[0].pk)
        assert {m["route"] for m in decision.result["households"][0]["members"]} == {"whole_household"}
        family.refresh_from_db()
        assert family.category == ""
        assert ChainEvent.objects.count() == 0

    def test_stored_inputs_give_the_same_bytes_again(self, family, officers):
        standards()
        made = services.decision_compute(actor=officers[0], household_id=family.pk)
        stored = Decision.objects.get(pk=made.pk)
        again = services.compute(stored.pack, stored.inputs, stored.as_of, stored.standards, stored.amendments)
        assert json.dumps(again, ensure_ascii=False) == json.dumps(made.result, ensure_ascii=False)
        assert again == stored.result

    def test_later_facts_do_not_change_what_was_decided_on(self, family, officers):
        standards()
        made = services.decision_compute(actor=officers[0], household_id=family.pk)
        registry.fact_record(
            actor=None, fact=Income, subject_id=family.head_id, as_of=DAY, source="verified", wage=Decimal(90000)
        )
        later = services.decision_compute(actor=officers[0], household_id=family.pk)
        before = services.decision_compute(actor=officers[0], household_id=family.pk, as_of=dt.date(2025, 2, 28))
        assert (made.category, later.category, before.category) == ("DIBAO", later.category, "DIBAO")
        assert later.category != "DIBAO"

    def test_document_holds_no_names_and_no_numbers(self, family, officers):
        standards()
        text = json.dumps(
            services.decision_compute(actor=officers[0], household_id=family.pk).inputs, ensure_ascii=False
        )
        secrets = [family.head.name, family.head.id_number, family.head.phone, "白血病"]
        assert [secret for secret in secrets if secret in text] == []

    def test_missing_standard_is_named_not_guessed(self, family, officers):
        decision = services.decision_compute(actor=officers[0], household_id=family.pk)
        assert decision.category == "NEEDS_LOCAL_RULE"
        missing = {item["parameter"] for item in decision.result["households"][0]["missing"]}
        assert "dibao_standard" in missing

    def test_outside_scope_and_role_nothing_is_computed(self, family):
        with pytest.raises(NotFound):
            services.decision_compute(actor=f.make_user("TOWN_CLERK", f.TOWN_B), household_id=family.pk)
        with pytest.raises(Refused):
            services.decision_compute(actor=f.make_user("CITY_CA", f.CITY), household_id=family.pk)
        with pytest.raises(Invalid):
            services.decision_compute(actor=None, household_id=family.pk, as_of=DAY + dt.timedelta(1))
        assert Decision.objects.count() == 0


class TestDecide:
    @pytest.fixture
    def trial(self, family, officers):
        standards()
        return services.decision_compute(actor=officers[0], household_id=family.pk)

    def test_confirming_opens_the_category(self, trial, family, officers):
        services.decision_confirm(actor=officers[1], decision_id=trial.pk, opinion="同意")
        family.refresh_from_db()
        assert (family.category, family.category_from, family.monthly_benefit) == ("DIBAO", DAY, Decimal("1500.00"))
        assert CategoryStatus.objects.filter(household=family, category="DIBAO", to_date=None).count() == 3
        assert list(ChainEvent.objects.order_by("seq").values_list("kind", "document")) == [
            (Kind.DECISION, f"decision:{trial.pk}"),
            (Kind.CATEGORY, f"decision:{trial.pk}"),
        ]
        trial.refresh_from_db()
        assert (trial.state, trial.decided_by_id, trial.opinion) == ("IN_FORCE", officers[1].pk, "同意")

    def test_confirming_twice_changes_nothing_more(self, trial, family, officers):
        services.decision_confirm(actor=officers[1], decision_id=trial.pk, opinion="同意")
        with pytest.raises(Conflict):
            services.decision_confirm(actor=officers[1], decision_id=trial.pk, opinion="同意")
        assert ChainEvent.objects.count() == 2

    def test_who_computed_does_not_decide(self, trial, family):
        """Duties are separated: entry is not decision."""
        both = f.make_user(["TOWN_CLERK", "TOWN_HEAD"], f.TOWN_A)
        own = services.decision_compute(actor=both, household_id=family.pk)
        with pytest.raises(Refused):
            services.decision_confirm(actor=both, decision_id=own.pk, opinion="同意")
        family.refresh_from_db()
        assert (family.category, ChainEvent.objects.count()) == ("", 0)

    @pytest.mark.parametrize(
        ("role", "division", "error"), [("TOWN_CLERK", f.TOWN_A, Refused), ("TOWN_HEAD", f.TOWN_B, NotFound)]
    )
    def test_only_the_authority_in_scope_decides(self, trial, family, role, division, error):
        with pytest.raises(error):
            services.decision_confirm(actor=f.make_user(role, division), decision_id=trial.pk, opinion="同意")
        trial.refresh_from_db()
        assert (trial.state, ChainEvent.objects.count()) == ("TRIAL", 0)

    def test_register_changed_since_asks_for_a_new_computation(self, trial, family, officers):
        registry.fact_record(
            actor=None, fact=Income, subject_id=family.head_id, as_of=DAY, source="verified", wage=Decimal(90000)
        )
        with pytest.raises(Conflict):
            services.decision_confirm(actor=officers[1], decision_id=trial.pk, opinion="同意")
        family.refresh_from_db()
        assert family.category == ""

    def test_result_that_waits_for_a_number_cannot_be_confirmed(self, officers):
        household = f.make_household(f.VILLAGE_A, area="urban")
        decision = services.decision_compute(actor=officers[0], household_id=household.pk)
        with pytest.raises(Conflict, match="dibao_standard"):
            services.decision_confirm(actor=officers[1], decision_id=decision.pk, opinion="同意")

    def test_what_a_clause_forbids_cannot_be_confirmed(self, trial, family, officers):
        """R334: a family that qualifies as a whole is not taken in by halves."""
        trial.result["households"][0]["warnings"] = [
            {
                "code": "PARTIAL_COVERAGE",
                "message": "应当整户纳入。",
                "cite": "安政办〔2024〕1号 二(二)1",
                "blocks": True,
            }
        ]
        trial.save()
        with pytest.raises(Conflict, match="应当整户纳入"):
            services.decision_confirm(actor=officers[1], decision_id=trial.pk, opinion="同意")
        family.refresh_from_db()
        assert (family.category, ChainEvent.objects.count()) == ("", 0)

    def test_refusing_leaves_the_register_as_it_was(self, trial, family, officers):
        with pytest.raises(Invalid):
            services.decision_refuse(actor=officers[1], decision_id=trial.pk, reason=" ")
        services.decision_refuse(actor=officers[1], decision_id=trial.pk, reason="核对发现存款")
        family.refresh_from_db()
        trial.refresh_from_db()
        assert (family.category, trial.state) == ("", "REFUSED")
        event = ChainEvent.objects.get()
        assert (event.kind, event.body["理由"]) == (Kind.DECISION, "核对发现存款")

    def test_no_longer_low_income_leaves_the_active_register(self, officers):
        standards()
        household = f.make_household(f.VILLAGE_A, category="MARGIN", area="urban", income=120000)
        decision = services.decision_compute(actor=officers[0], household_id=household.pk)
        assert decision.category == "NOT_LOW_INCOME"
        services.decision_confirm(actor=officers[1], decision_id=decision.pk, opinion="同意退出")
        household.refresh_from_db()
        assert (household.category, household.register, household.monthly_benefit) == ("", "RETAINED", 0)
        assert list(ChainEvent.objects.order_by("seq").values_list("kind", flat=True)) == [Kind.DECISION, Kind.EXIT]


@pytest.mark.parametrize(
    ("county", "register", "until"),
    [
        ("410522000000", "RETAINED", None),
        ("621002000000", "ARCHIVED", None),
        ("420106000000", "RETAINED", dt.date(2027, 2, 28)),
    ],
)
def test_pack_says_where_an_exit_leads(county, register, until):
    """K1; K12: 湖北 keeps an exit for 24 months."""
    household = f.make_household(f.VILLAGE_A)
    household.county_code = county
    assert services.exit_register(household, dt.date(2025, 2, 28)) == (register, until)
