"""Writes of the registry: one row a person, dated facts, categories, grants, values in clear, and their history."""

from __future__ import annotations

import datetime as dt
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal

import pghistory
import pytest
from django.db import connection, connections

from doudi.apps.audit.models import AccessLog
from doudi.apps.base.crypto import keys
from doudi.apps.base.errors import Conflict, Invalid, NotFound, Refused
from doudi.apps.chain.models import ChainEvent, Kind
from doudi.apps.registry import services
from doudi.apps.registry.models import CategoryStatus, Health, HouseholdGrant, Income, Person
from tests import factories as f

BORN = dt.date(1980, 1, 1)


@pytest.fixture
def clerk(db):
    return f.make_user("TOWN_CLERK", f.TOWN_A)


@pytest.fixture
def head(db):
    return f.make_user("TOWN_HEAD", f.TOWN_A)


@pytest.fixture
def family(db):
    return f.make_household(f.VILLAGE_A, category="DIBAO", since=dt.date(2024, 1, 1))


def kinds(household_id):
    return list(ChainEvent.objects.filter(household_id=household_id).order_by("seq").values_list("kind", flat=True))


class TestPersons:
    def test_second_registration_finds_the_first_row(self, clerk):
        """R264: one person, one row, also from an old 15-digit number."""
        number = f.id_number(BORN)
        first = services.person_register(actor=clerk, name="李四", id_number=number)
        old = number[:6] + number[8:17]
        again = services.person_register(actor=clerk, name=" 李 四 ", id_number=old)
        assert again.pk == first.pk
        assert Person.objects.filter(id_token=first.id_token).count() == 1
        assert (first.sex, first.birth_date) == ("male", BORN)

    def test_number_is_sealed_and_only_findable_by_its_token(self, clerk):
        number = f.id_number(BORN)
        person = services.person_register(actor=clerk, name="李四", id_number=number, phone="13811112222")
        with connection.cursor() as cursor:
            cursor.execute("SELECT row_to_json(p)::text FROM person p WHERE id = %s", [person.pk])
            stored = cursor.fetchone()[0]
        assert number not in stored
        assert "13811112222" not in stored
        assert person.id_token == keys().token_of("id_number", number)
        assert Person.objects.get(pk=person.pk).id_number == number

    @pytest.mark.parametrize(
        ("number", "field"), [("", "id_number"), ("410522198001010011", "id_number"), ("4105221980", "id_number")]
    )
    def test_bad_number_is_refused(self, clerk, number, field):
        with pytest.raises(Invalid) as refused:
            services.person_register(actor=clerk, name="李四", id_number=number)
        assert refused.value.where == field
        assert Person.objects.count() == 0

    def test_other_name_for_a_known_number_changes_nothing(self, clerk):
        number = f.id_number(BORN)
        first = services.person_register(actor=clerk, name="李四", id_number=number)
        with pytest.raises(Invalid) as refused:
            services.person_register(actor=clerk, name="王五", id_number=number)
        assert "李四" not in str(refused.value)
        assert Person.objects.get(pk=first.pk).name == "李四"

    @pytest.mark.parametrize("role", ["VIL_ASSIST", "DEPT_MED", "CITY_CA", "SYS_ADMIN"])
    def test_only_the_township_registers(self, db, role):
        with pytest.raises(Refused):
            services.person_register(actor=f.make_user(role), name="李四", id_number=f.id_number(BORN))
        assert Person.objects.count() == 0

    def test_death_stands_on_every_chain_and_only_once(self, clerk, family):
        day = dt.date(2024, 5, 1)
        services.death_record(actor=clerk, person_id=family.head_id, died_on=day, source="feed", source_ref="batch:1")
        services.death_record(actor=clerk, person_id=family.head_id, died_on=day, source="feed", source_ref="batch:1")
        assert kinds(family.pk) == [Kind.CORRECTION]
        with pytest.raises(Conflict):
            services.death_record(actor=clerk, person_id=family.head_id, died_on=day + dt.timedelta(1), source="visit")
        assert Person.objects.get(pk=family.head_id).died_on == day
        assert CategoryStatus.objects.filter(household=family, to_date=None).count() == 1

    def test_death_outside_scope_is_not_found(self, family):
        other = f.make_user("TOWN_CLERK", f.TOWN_B)
        with pytest.raises(NotFound):
            services.death_record(actor=other, person_id=family.head_id, died_on=dt.date(2024, 5, 1), source="feed")
        assert Person.objects.get(pk=family.head_id).died_on is None


@pytest.mark.django_db(transaction=True)
def test_registering_one_number_twice_at_once_gives_one_row():
    """R264, concurrently."""
    number = f.id_number(BORN)

    def register(_):
        try:
            return services.person_register(actor=None, name="李四", id_number=number).pk
        finally:
            connections.close_all()

    with ThreadPoolExecutor(4) as pool:
        found = set(pool.map(register, range(8)))
    assert len(found) == 1
    assert Person.objects.count() == 1


class TestHouseholds:
    def test_registered_on_the_watch_list_with_its_chain(self, clerk):
        f.make_divisions()
        person = services.person_register(actor=clerk, name="李四", id_number=f.id_number(BORN))
        made = services.household_register(
            actor=clerk, household_no="A1", village=f.VILLAGE_A, area="rural", members=[("head", person)]
        )
        made.refresh_from_db()
        assert (made.register, made.head_id, made.member_count) == ("WATCH", person.pk, 1)
        assert (made.county_code, made.township_code, made.village_code) == (f.COUNTY, f.TOWN_A, f.VILLAGE_A)
        assert kinds(made.pk) == [Kind.REGISTERED]
        with pytest.raises(Conflict):
            services.household_register(
                actor=clerk, household_no="A1", village=f.VILLAGE_A, area="rural", members=[("head", person)]
            )
        assert kinds(made.pk) == [Kind.REGISTERED]

    @pytest.mark.parametrize(
        ("village", "relations", "error"),
        [
            (f.VILLAGE_B, ["head"], Refused),
            (f.VILLAGE_A[:-1] + "9", ["head"], Invalid),
            (f.VILLAGE_A, ["head", "head"], Invalid),
            (f.VILLAGE_A, ["child"], Invalid),
        ],
    )
    def test_refused_registration_leaves_nothing(self, clerk, village, relations, error):
        people = [(relation, f.make_person()) for relation in relations]
        with pytest.raises(error):
            services.household_register(actor=clerk, household_no="A1", village=village, area="rural", members=people)
        assert ChainEvent.objects.count() == 0

    def test_members_join_and_leave(self, clerk, family):
        child = f.make_person("小张", birth=dt.date(2010, 1, 1))
        services.member_add(actor=clerk, household_id=family.pk, person=child, relation="child")
        services.member_add(actor=clerk, household_id=family.pk, person=child, relation="child")
        family.refresh_from_db()
        assert family.member_count == 2
        services.member_leave(actor=clerk, household_id=family.pk, person_id=child.pk, reason="外出成家")
        family.refresh_from_db()
        assert family.member_count == 1
        assert kinds(family.pk) == [Kind.CORRECTION, Kind.CORRECTION]
        with pytest.raises(Conflict):
            services.member_leave(actor=clerk, household_id=family.pk, person_id=child.pk, reason="外出成家")

    def test_head_does_not_leave_others_behind(self, clerk, family):
        services.member_add(actor=clerk, household_id=family.pk, person=f.make_person("小张"), relation="child")
        with pytest.raises(Invalid):
            services.member_leave(actor=clerk, household_id=family.pk, person_id=family.head_id, reason="迁出")
        family.refresh_from_db()
        assert family.member_count == 2


class TestFacts:
    def test_later_fact_stands_beside_the_earlier(self, clerk, family):
        common = {
            "actor": clerk,
            "fact": Income,
            "subject_id": family.head_id,
            "source": "visit",
            "source_ref": "visit:1",
        }
        services.fact_record(as_of=dt.date(2024, 3, 1), wage=Decimal(100), **common)
        services.fact_record(as_of=dt.date(2024, 3, 1), wage=Decimal(100), **common)
        services.fact_record(as_of=dt.date(2024, 4, 1), wage=Decimal(200), **common)
        wages = Income.objects.filter(person_id=family.head_id).order_by("as_of").values_list("wage", flat=True)
        assert list(wages) == [0, 100, 200]

    @pytest.mark.parametrize(
        "values", [{"as_of": dt.date(2999, 1, 1)}, {"as_of": dt.date(2024, 1, 1), "wage": Decimal(-1)}]
    )
    def test_impossible_fact_is_refused(self, clerk, family, values):
        with pytest.raises(Invalid):
            services.fact_record(actor=clerk, fact=Income, subject_id=family.head_id, source="visit", **values)
        assert Income.objects.filter(person_id=family.head_id).count() == 1

    def test_disease_is_sealed(self, clerk, family):
        row = services.fact_record(
            actor=clerk,
            fact=Health,
            subject_id=family.head_id,
            as_of=dt.date(2024, 1, 1),
            source="visit",
            disease="白血病",
        )
        assert "白血病".encode() not in bytes(row.disease_sealed)
        assert Health.objects.get(pk=row.pk).disease == "白血病"


class TestCategories:
    def test_change_closes_the_old_and_opens_the_new(self, head, family):
        services.category_start(
            actor=head, household_id=family.pk, category="MARGIN", from_date=dt.date(2024, 6, 1), monthly=Decimal(0)
        )
        family.refresh_from_db()
        assert (family.category, family.category_from, family.register) == ("MARGIN", dt.date(2024, 6, 1), "ACTIVE")
        old = CategoryStatus.objects.get(household=family, category="DIBAO")
        assert (old.to_date, old.exit_reason) == (dt.date(2024, 5, 31), "转换类别")
        assert kinds(family.pk) == [Kind.CATEGORY]

    def test_starting_twice_is_starting_once(self, head, family):
        start = {"actor": head, "household_id": family.pk, "category": "DIBAO", "route": "whole_household"}
        assert services.category_start(from_date=dt.date(2024, 6, 1), **start) == []
        assert CategoryStatus.objects.filter(household=family).count() == 1
        assert kinds(family.pk) == []

    def test_single_person_leaves_the_households_category_alone(self, head):
        ill = f.make_person("重病人")
        household = f.make_household(
            f.VILLAGE_A, members=[("head", f.make_person("户主")), ("spouse", ill)], category="MARGIN"
        )
        services.category_start(
            actor=head,
            household_id=household.pk,
            category="DIBAO",
            route="single_person",
            person_ids=[ill.pk],
            from_date=dt.date(2024, 6, 1),
        )
        household.refresh_from_db()
        assert household.category == "MARGIN"
        held = dict(
            CategoryStatus.objects.filter(household=household, to_date=None).values_list("person__name", "category")
        )
        assert held == {"户主": "MARGIN", "重病人": "DIBAO"}

    def test_fanpin_flag_stands_beside_and_survives_the_exit(self, head, family):
        services.category_start(
            actor=head, household_id=family.pk, category="FANPIN", subtype="unstable", from_date=dt.date(2024, 2, 1)
        )
        services.category_end(actor=head, household_id=family.pk, to_date=dt.date(2024, 7, 1), reason="收入超过标准")
        family.refresh_from_db()
        assert (family.category, family.register) == ("FANPIN", "ACTIVE")

    @pytest.mark.parametrize(("register", "until"), [("RETAINED", dt.date(2026, 7, 1)), ("ARCHIVED", None)])
    def test_exit_moves_to_the_register_that_the_pack_names(self, head, family, register, until):
        """K1: retained with an expiry, or archived at once."""
        services.category_end(
            actor=head,
            household_id=family.pk,
            to_date=dt.date(2024, 7, 1),
            reason="收入超过标准",
            register=register,
            retain_until=until,
        )
        family.refresh_from_db()
        assert (family.category, family.register, family.register_until) == ("", register, until)
        assert kinds(family.pk) == [Kind.EXIT]
        with pytest.raises(Conflict):
            services.category_end(actor=head, household_id=family.pk, to_date=dt.date(2024, 7, 2), reason="再次")
        assert kinds(family.pk) == [Kind.EXIT]

    def test_clerk_does_not_decide(self, clerk, family):
        with pytest.raises(Refused):
            services.category_end(actor=clerk, household_id=family.pk, to_date=dt.date(2024, 7, 1), reason="收入")
        family.refresh_from_db()
        assert family.category == "DIBAO"


class TestGrants:
    def test_once_per_reference_and_reopened(self, clerk, family):
        visitor = f.make_user("VIL_ASSIST", f.VILLAGE_A)
        opened = {"actor": clerk, "household_id": family.pk, "ref": "visit:1", "purpose": "visit"}
        first = services.grant_open(user=visitor, **opened)
        assert services.grant_open(user=visitor, **opened).pk == first.pk
        assert services.grant_close(ref="visit:1") is True
        assert services.grant_close(ref="visit:1") is False
        assert services.grant_open(user=visitor, **opened).closed_at is None
        with pytest.raises(Conflict):
            services.grant_open(user=f.make_user("VIL_ASSIST", f.VILLAGE_A), **opened)
        assert HouseholdGrant.objects.count() == 1

    def test_nobody_opens_what_he_does_not_see(self, family):
        other = f.make_user("TOWN_CLERK", f.TOWN_B)
        with pytest.raises(NotFound):
            services.grant_open(actor=other, household_id=family.pk, ref="visit:1", purpose="visit", user=other)
        assert HouseholdGrant.objects.count() == 0


class TestReveal:
    def test_value_for_a_reason_that_stays_in_the_log(self, clerk, family):
        value = services.reveal(actor=clerk, person_id=family.head_id, field="phone", reason="电话核实收入变化")
        assert value == "13800000021"
        row = AccessLog.objects.get(action="REVEAL")
        assert (row.actor_id, row.household_id, row.reason) == (clerk.pk, family.pk, "电话核实收入变化")
        assert row.detail == {"field": "phone", "label": "联系电话"}

    @pytest.mark.parametrize("reason", ["", "  ", "核实", "看一下"])
    def test_no_reason_no_value(self, clerk, family, reason):
        with pytest.raises(Invalid):
            services.reveal(actor=clerk, person_id=family.head_id, field="phone", reason=reason)
        assert AccessLog.objects.count() == 0

    @pytest.mark.parametrize("role", ["VIL_ASSIST", "CNTY_SUP", "DEPT_MED", "SYS_ADMIN"])
    def test_roles_without_the_right_are_refused(self, family, role):
        actor = f.make_user(role)
        services.grant_open(actor=None, household_id=family.pk, ref="x:1", purpose="test", user=actor)
        with pytest.raises(Refused):
            services.reveal(actor=actor, person_id=family.head_id, field="id_number", reason="核对身份信息")
        assert AccessLog.objects.count() == 0

    def test_city_reveals_numbers_but_no_disease(self, family):
        actor = f.make_user("CITY_CA", f.CITY)
        services.reveal(actor=actor, person_id=family.head_id, field="id_number", reason="核对身份信息")
        with pytest.raises(Refused):
            services.reveal(actor=actor, person_id=family.head_id, field="disease", reason="核对身份信息")

    def test_outside_scope_is_not_found(self, family):
        with pytest.raises(NotFound):
            services.reveal(
                actor=f.make_user("TOWN_CLERK", f.TOWN_B),
                person_id=family.head_id,
                field="phone",
                reason="核对身份信息",
            )
        assert AccessLog.objects.count() == 0


class TestHistory:
    def events(self, family):
        rows = Person.pgh_event_model.objects.filter(pgh_obj_id=family.head_id).order_by("pgh_id")
        return [(row.pgh_label, row.name, (row.pgh_context.metadata if row.pgh_context else {})) for row in rows]

    def test_bulk_update_leaves_old_and_new_and_who(self, clerk, family):
        old = family.head.name
        with pghistory.context(actor=clerk.pk, action="person.rename"):
            Person.objects.filter(pk=family.head_id).update(name="新名")
        assert [(label, name) for label, name, _ in self.events(family)] == [("insert", old), ("update", "新名")]
        assert self.events(family)[1][2] == {"actor": clerk.pk, "action": "person.rename"}

    def test_raw_sql_leaves_old_and_new(self, family):
        old = family.head.name
        with connection.cursor() as cursor:
            cursor.execute("UPDATE person SET name = '暗改' WHERE id = %s", [family.head_id])
        assert [(label, name) for label, name, _ in self.events(family)] == [("insert", old), ("update", "暗改")]

    def test_service_names_actor_and_verb(self, clerk, family):
        services.death_record(actor=clerk, person_id=family.head_id, died_on=dt.date(2024, 5, 1), source="feed")
        assert self.events(family)[-1][2] == {"actor": clerk.pk, "action": "person.death"}

    @pytest.mark.parametrize("table", ["person", "household", "membership", "category_status"])
    def test_rows_are_never_deleted(self, family, table):
        with pytest.raises(Exception, match="Cannot delete"), connection.cursor() as cursor:
            cursor.execute(f"DELETE FROM {table}")
