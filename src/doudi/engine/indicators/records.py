"""The tables of a registry snapshot (docs/registry-snapshot.md): column → type. Money is BIGINT 分.

``CORE`` is the register itself; ``RECORDS`` is what the platform knows of its own work: a snapshot may lack any of
these, and an indicator then sees a table without rows.
"""

from __future__ import annotations

HOUSEHOLD = {"household_key": "BIGINT"}
PERSON = HOUSEHOLD | {"person_key": "BIGINT"}

CORE: dict[str, dict[str, str]] = {
    "members": {
        "person_key": "BIGINT",
        "household_key": "BIGINT",
        "relation": "VARCHAR",
        "sex": "VARCHAR",
        "birth_date": "DATE",
        "category": "VARCHAR",
        "route": "VARCHAR",
        "category_from": "DATE",
        "fanpin": "VARCHAR",
        "disability_type": "VARCHAR",
        "disability_grade": "INTEGER",
        "serious_illness": "BOOLEAN",
        "illness_from": "DATE",
        "student": "VARCHAR",
        "labour_ability": "VARCHAR",
        "self_care_failed_items": "INTEGER",
        "employed": "BOOLEAN",
        "employed_since": "DATE",
        "wage": "BIGINT",
        "business_net": "BIGINT",
        "property_net": "BIGINT",
        "transfer_net": "BIGINT",
        "other_income": "BIGINT",
        "income_as_of": "DATE",
        "died_on": "DATE",
    },
    "households": {
        "household_key": "BIGINT",
        "province_code": "VARCHAR",
        "city_code": "VARCHAR",
        "county_code": "VARCHAR",
        "township_code": "VARCHAR",
        "village_code": "VARCHAR",
        "area": "VARCHAR",
        "register": "VARCHAR",
        "category": "VARCHAR",
        "category_from": "DATE",
        "member_count": "INTEGER",
        "income_year": "BIGINT",
        "shared_income": "BIGINT",
        "necessary_spending": "BIGINT",
        "property_conforms": "BOOLEAN",
        "house_grade": "VARCHAR",
        "monthly_benefit": "BIGINT",
    },
    "payments": {
        "household_key": "BIGINT",
        "person_key": "BIGINT",
        "period": "VARCHAR",
        "item": "VARCHAR",
        "amount": "BIGINT",
        "result": "VARCHAR",
        "paid_on": "DATE",
    },
}
RECORDS: dict[str, dict[str, str]] = {
    "supporters": {
        "person_key": "BIGINT",
        "relation": "VARCHAR",
        "age": "INTEGER",
        "annual_support": "BIGINT",
        "able": "BOOLEAN",
    },
    "exits": PERSON | {"kind": "VARCHAR", "category": "VARCHAR", "left_on": "DATE"},
    "assistance": PERSON
    | {"item": "VARCHAR", "amount": "BIGINT", "period": "VARCHAR", "given_on": "DATE", "department": "VARCHAR"},
    "visits": HOUSEHOLD
    | {"visited_on": "DATE", "method": "VARCHAR", "outcome": "VARCHAR", "other_difficulty": "BOOLEAN"},
    "referrals": PERSON
    | {
        "referral_no": "VARCHAR",
        "item": "VARCHAR",
        "department": "VARCHAR",
        "state": "VARCHAR",
        "sent_on": "DATE",
        "accept_due_on": "DATE",
        "handle_due_on": "DATE",
        "rejections": "INTEGER",
    },
    "applications": HOUSEHOLD
    | {
        "application_no": "VARCHAR",
        "channel": "VARCHAR",
        "category": "VARCHAR",
        "state": "VARCHAR",
        "submitted_on": "DATE",
        "step_due_on": "DATE",
        "decided_on": "DATE",
        "checked": "BOOLEAN",
    },
    "conferences": HOUSEHOLD
    | {"conference_no": "VARCHAR", "state": "VARCHAR", "proposed_on": "DATE", "held_on": "DATE"},
    "alerts": PERSON
    | {
        "alert_no": "VARCHAR",
        "indicator": "VARCHAR",
        "alert_class": "VARCHAR",
        "state": "VARCHAR",
        "opened_on": "DATE",
        "due_on": "DATE",
        "closed_on": "DATE",
        "informed_on": "DATE",
    },
    "tapers": HOUSEHOLD | {"taper_from": "DATE", "taper_to": "DATE"},
    "reviews": HOUSEHOLD | {"kind": "VARCHAR", "last_on": "DATE"},
    "emergencies": PERSON
    | {
        "emergency_no": "VARCHAR",
        "level": "VARCHAR",
        "amount": "BIGINT",
        "reported_on": "DATE",
        "advance_paid_on": "DATE",
        "completed_on": "DATE",
        "place_division": "VARCHAR",
        "home_division": "VARCHAR",
        "identity_known": "BOOLEAN",
        "declined_by": "INTEGER",
        "extreme_risk": "BOOLEAN",
    },
    "clues": PERSON | {"clue_no": "VARCHAR", "kind": "VARCHAR", "received_on": "DATE", "state": "VARCHAR"},
    "needs": PERSON | {"item": "VARCHAR", "verified_on": "DATE", "state": "VARCHAR"},
    "care_orders": PERSON | {"kind": "VARCHAR", "from_on": "DATE", "until_on": "DATE"},
    "accounts": PERSON | {"account_key": "BIGINT", "institution": "BOOLEAN"},
    "relatives": HOUSEHOLD | {"staff_relative": "BOOLEAN", "registered_on": "DATE"},
    "publicity": {
        "list_no": "VARCHAR",
        "division": "VARCHAR",
        "posted_on": "DATE",
        "taken_down_on": "DATE",
        "masked": "BOOLEAN",
    },
    "meetings": {"division": "VARCHAR", "held_on": "DATE"},
    "campaigns": {"division": "VARCHAR", "year": "INTEGER", "households": "BIGINT", "done": "BIGINT"},
    "reserve_draws": {
        "division": "VARCHAR",
        "draw_no": "VARCHAR",
        "amount": "BIGINT",
        "drawn_on": "DATE",
        "cleared_on": "DATE",
    },
    "deliveries": {
        "division": "VARCHAR",
        "feed": "VARCHAR",
        "period": "VARCHAR",
        "received_on": "DATE",
        "rows": "BIGINT",
        "accepted": "BIGINT",
        "quarantined": "BIGINT",
    },
    "lookups": {
        "division": "VARCHAR",
        "user_no": "VARCHAR",
        "looked_on": "DATE",
        "hour": "INTEGER",
        "persons": "INTEGER",
        "outside_tasks": "INTEGER",
    },
    "defects": PERSON | {"rule": "VARCHAR", "found_on": "DATE", "owner": "VARCHAR"},
}
