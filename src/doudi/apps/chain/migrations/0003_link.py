"""The database links the chain itself and refuses every change of it."""

from django.db import migrations

LINK = """
CREATE FUNCTION chain_part(value text) RETURNS text LANGUAGE sql IMMUTABLE AS $$
    SELECT length(coalesce(value, ''))::text || ':' || coalesce(value, '')
$$;

CREATE FUNCTION chain_link() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    head record;
BEGIN
    INSERT INTO chain_head (household_id, seq, hash) VALUES (NEW.household_id, 0, repeat('0', 64))
        ON CONFLICT (household_id) DO NOTHING;
    SELECT seq, hash INTO head FROM chain_head WHERE household_id = NEW.household_id FOR UPDATE;
    NEW.seq := head.seq + 1;
    NEW.prev_hash := head.hash;
    NEW.hash := encode(sha256(convert_to(
        chain_part(NEW.household_id::text) || chain_part(NEW.seq::text)
        || chain_part((extract(epoch from NEW.at) * 1000000)::bigint::text) || chain_part(NEW.kind) || chain_part(NEW.title)
        || chain_part(NEW.actor_id::text) || chain_part(NEW.actor_name) || chain_part(NEW.unit_name)
        || chain_part(NEW.person_id::text) || chain_part(NEW.document) || chain_part(NEW.body::text)
        || chain_part(NEW.prev_hash), 'UTF8')), 'hex');
    UPDATE chain_head SET seq = NEW.seq, hash = NEW.hash WHERE household_id = NEW.household_id;
    RETURN NEW;
END
$$;

CREATE TRIGGER chain_event_link BEFORE INSERT ON chain_event FOR EACH ROW EXECUTE FUNCTION chain_link();

CREATE FUNCTION chain_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the assistance chain is append-only: % refused', TG_OP USING ERRCODE = 'insufficient_privilege';
END
$$;

CREATE TRIGGER chain_event_refuse BEFORE UPDATE OR DELETE ON chain_event FOR EACH ROW EXECUTE FUNCTION chain_refuse();
CREATE TRIGGER chain_head_refuse BEFORE DELETE ON chain_head FOR EACH ROW EXECUTE FUNCTION chain_refuse();
"""

UNLINK = """
DROP TRIGGER chain_head_refuse ON chain_head;
DROP TRIGGER chain_event_refuse ON chain_event;
DROP TRIGGER chain_event_link ON chain_event;
DROP FUNCTION chain_refuse();
DROP FUNCTION chain_link();
DROP FUNCTION chain_part(text);
"""


class Migration(migrations.Migration):
    dependencies = [("chain", "0002_initial")]
    operations = [migrations.RunSQL(LINK, UNLINK)]
