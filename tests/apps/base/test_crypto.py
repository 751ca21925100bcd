"""Sealed fields and tokens."""

from __future__ import annotations

import stat

import pytest
from django.db import connection

from doudi.apps.base.crypto import DecryptionError, keys, load_keys
from tests.factories import make_person


def test_a_sealed_value_opens_for_its_own_record_and_field():
    ring = keys()
    blob = ring.seal("410522197005010011", bound_to="person.id_number:1")
    assert ring.open(blob, bound_to="person.id_number:1") == "410522197005010011"


@pytest.mark.parametrize("elsewhere", ["person.id_number:2", "person.phone:1"])
def test_a_sealed_value_does_not_open_elsewhere(elsewhere):
    ring = keys()
    blob = ring.seal("410522197005010011", bound_to="person.id_number:1")
    with pytest.raises(DecryptionError):
        ring.open(blob, bound_to=elsewhere)


def test_the_same_value_is_sealed_differently_each_time():
    ring = keys()
    assert ring.seal("x", bound_to="a") != ring.seal("x", bound_to="a")


def test_a_changed_byte_is_refused():
    ring = keys()
    blob = bytearray(ring.seal("秘密", bound_to="a"))
    blob[-1] ^= 1
    with pytest.raises(DecryptionError):
        ring.open(bytes(blob), bound_to="a")


def test_a_key_that_is_not_in_the_ring_is_named():
    ring = keys()
    blob = b"\x01\xff\xff\xff\xff" + ring.seal("x", bound_to="a")[5:]
    with pytest.raises(DecryptionError, match="not in the key ring"):
        ring.open(blob, bound_to="a")


def test_tokens_of_different_kinds_differ():
    ring = keys()
    assert ring.token_of("id_number", "021X") != ring.token_of("id_last6", "021X")


def test_the_key_ring_is_made_once_and_readable_by_its_owner_only(tmp_path):
    first = load_keys(tmp_path)
    load_keys.cache_clear()
    assert load_keys(tmp_path) == first
    assert stat.S_IMODE((tmp_path / "keys.json").stat().st_mode) == 0o600


@pytest.mark.django_db
def test_the_database_holds_no_clear_identity_number():
    person = make_person(phone="13912345678")
    with connection.cursor() as cursor:
        cursor.execute("SELECT row_to_json(p)::text FROM person p WHERE id = %s", [person.pk])
        stored = cursor.fetchone()[0]
        cursor.execute("SELECT row_to_json(e)::text FROM registry_personevent e WHERE pgh_obj_id = %s", [person.pk])
        history = cursor.fetchone()[0]
    assert person.id_number not in stored
    assert "13912345678" not in stored
    assert person.id_number not in history


@pytest.mark.django_db
def test_a_value_copied_to_another_row_does_not_open():
    one, two = make_person("甲某"), make_person("乙某")
    two.phone_sealed = one.phone_sealed
    with pytest.raises(DecryptionError):
        _ = two.phone
