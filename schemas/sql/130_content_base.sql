-- A content may begin with all the bytes of another one (a signature appends to a PDF): it names that one as its base, and its own chunks have only what comes after.
-- So the same bytes are stored once here too.
ALTER TABLE content ADD base bytea REFERENCES content CHECK (base <> sha256);
CREATE INDEX content_base ON content (base) WHERE base IS NOT NULL;

-- Inside the act that refers to it: a content of base_ (NULL: nothing) and then bytes_, of at most one chunk. No claim is made: what refers to it stands in the same
-- transaction. True when it was not there before.
CREATE FUNCTION content_add(upload_ uuid, sha256_ bytea, base_ bytea, bytes_ bytea) RETURNS boolean
LANGUAGE plpgsql AS $$
DECLARE
	before bigint := 0;
BEGIN
	IF base_ IS NOT NULL THEN
		SELECT size INTO before FROM content WHERE sha256 = base_ FOR KEY SHARE;
		IF NOT FOUND OR octet_length(bytes_) = 0 THEN
			RAISE EXCEPTION 'nothing can be stored on this base' USING ERRCODE = 'P0001', CONSTRAINT = 'content_base';
		END IF;
	END IF;
	LOOP
		INSERT INTO content (sha256, size, upload, base) VALUES (sha256_, before + octet_length(bytes_), upload_, base_)
			ON CONFLICT (sha256) DO NOTHING;
		EXIT WHEN FOUND;
		-- Holds it against the sweeper; gone between the two statements: try again.
		PERFORM 1 FROM content WHERE sha256 = sha256_ FOR KEY SHARE;
		IF FOUND THEN
			RETURN false;
		END IF;
	END LOOP;
	IF octet_length(bytes_) > 0 THEN
		INSERT INTO content_chunk (upload, n, bytes) VALUES (upload_, 0, bytes_);
	END IF;
	RETURN true;
END $$;

-- As before, and the base of what goes may be no longer needed either.
CREATE OR REPLACE FUNCTION content_sweep(limit_ integer) RETURNS integer LANGUAGE plpgsql AS $$
DECLARE
	due record;
	gone record;
	count_ integer := 0;
BEGIN
	PERFORM set_config('congvan.sweep', 'on', true);
	FOR due IN SELECT sha256 FROM content_claim WHERE until <= now() ORDER BY until LIMIT limit_ LOOP
		SELECT upload, base INTO gone FROM content WHERE sha256 = due.sha256 FOR UPDATE SKIP LOCKED;
		CONTINUE WHEN NOT FOUND;
		DELETE FROM content_claim WHERE sha256 = due.sha256 AND until <= now();
		CONTINUE WHEN NOT FOUND OR content_is_referred(due.sha256);
		DELETE FROM content WHERE sha256 = due.sha256;
		DELETE FROM content_chunk WHERE upload = gone.upload;
		IF gone.base IS NOT NULL THEN
			INSERT INTO content_claim (sha256, until) VALUES (gone.base, now()) ON CONFLICT (sha256) DO NOTHING;
		END IF;
		count_ := count_ + 1;
	END LOOP;
	FOR due IN SELECT id FROM content_upload WHERE started_at < now() - interval '1 day'
		ORDER BY started_at LIMIT limit_ FOR UPDATE SKIP LOCKED
	LOOP
		DELETE FROM content_chunk k WHERE k.upload = due.id
			AND NOT EXISTS (SELECT 1 FROM content c WHERE c.upload = due.id);
		DELETE FROM content_upload WHERE id = due.id;
	END LOOP;
	PERFORM set_config('congvan.sweep', 'off', true);
	RETURN count_;
END $$;

DO $$
DECLARE
	f regprocedure;
BEGIN
	FOREACH f IN ARRAY ARRAY['content_add(uuid, bytea, bytea, bytea)', 'content_sweep(integer)']::regprocedure[]
	LOOP
		EXECUTE format('ALTER FUNCTION %s SECURITY DEFINER', f);
		EXECUTE format('ALTER FUNCTION %s SET search_path = %I, pg_temp', f, current_schema());
		EXECUTE format('REVOKE EXECUTE ON FUNCTION %s FROM PUBLIC', f);
	END LOOP;
END $$;
