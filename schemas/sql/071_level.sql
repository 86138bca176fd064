-- The level a signature should have, the one it has, and the work between the two. A row of signing is due when next_try has come; whoever works on it
-- has it until `claimed_until`.
ALTER TABLE signing
	ADD COLUMN field text NOT NULL DEFAULT '',       -- of the signature in the file, as reports name it
	ADD COLUMN next_try timestamptz,                 -- NULL: nothing to be done
	ADD COLUMN claimed_until timestamptz,
	ADD COLUMN tries integer NOT NULL DEFAULT 0,     -- in a row without success
	ADD COLUMN level_reason text NOT NULL DEFAULT '',-- why the level wanted is not held
	ADD COLUMN signed_at timestamptz,
	ADD COLUMN alarmed_at timestamptz;
CREATE INDEX signing_due ON signing (next_try) WHERE next_try IS NOT NULL;
UPDATE signing SET signed_at = updated_at WHERE state = 'done';

-- A level is never lowered, by nobody.
CREATE FUNCTION level_rank(level text) RETURNS integer LANGUAGE sql IMMUTABLE AS $$
	SELECT coalesce(array_position(ARRAY['CMS', 'B-B', 'B-T', 'B-LT', 'B-LTA'], level), 0)
$$;
CREATE FUNCTION signing_level_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	IF level_rank(NEW.held_level) < level_rank(OLD.held_level) OR level_rank(NEW.wanted_level) < level_rank(OLD.wanted_level) THEN
		RAISE EXCEPTION 'the level of a signature is never lowered' USING ERRCODE = 'P0001';
	END IF;
	RETURN NEW;
END $$;
CREATE TRIGGER signing_level BEFORE UPDATE OF held_level, wanted_level ON signing FOR EACH ROW EXECUTE FUNCTION signing_level_guard();
