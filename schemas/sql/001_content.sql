-- Content: the bytes of everything stored, addressed by SHA-256, in chunks of 256 KiB, each stored once and never
-- changed. The hash of an upload is known only at its end, so chunks belong to an upload (a UUID), and a content names the
-- upload that holds its bytes. Other tables refer to content(sha256).

-- An upload of more than one chunk in progress. Gone when it ends; what is left behind is swept after a day.
CREATE TABLE content_upload (
	id uuid PRIMARY KEY,
	started_at timestamptz NOT NULL DEFAULT now()
);

-- EXTERNAL: out of line and not compressed (documents are compressed already), so that length() reads no bytes.
CREATE TABLE content_chunk (
	upload uuid NOT NULL,
	n integer NOT NULL CHECK (n >= 0),
	bytes bytea NOT NULL CHECK (octet_length(bytes) BETWEEN 1 AND 262144),
	PRIMARY KEY (upload, n)
);
ALTER TABLE content_chunk ALTER COLUMN bytes SET STORAGE EXTERNAL;

CREATE TABLE content (
	sha256 bytea PRIMARY KEY CHECK (octet_length(sha256) = 32),
	size bigint NOT NULL CHECK (size >= 0),
	upload uuid NOT NULL UNIQUE,
	created_at timestamptz NOT NULL DEFAULT now()
);

-- Somebody was told that this content is stored and may still refer to it: it is not swept before `until`.
CREATE TABLE content_claim (
	sha256 bytea PRIMARY KEY REFERENCES content ON DELETE CASCADE,
	until timestamptz NOT NULL
);
CREATE INDEX content_claim_until ON content_claim (until);

CREATE FUNCTION content_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	RAISE EXCEPTION 'stored content is never changed (% on %)', TG_OP, TG_TABLE_NAME
		USING ERRCODE = 'P0001', CONSTRAINT = 'content_immutable';
END $$;

CREATE FUNCTION content_delete_check() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	IF current_setting('congvan.sweep', true) IS DISTINCT FROM 'on' THEN
		RAISE EXCEPTION 'content is deleted by content_sweep() only'
			USING ERRCODE = 'P0001', CONSTRAINT = 'content_immutable';
	END IF;
	RETURN OLD;
END $$;

-- Chunks may go only when no content owns them: those of an abandoned or doubled upload, or of a content just swept.
CREATE FUNCTION content_chunk_delete_check() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	IF EXISTS (SELECT 1 FROM content WHERE upload = OLD.upload) THEN
		RAISE EXCEPTION 'the chunk belongs to a stored content'
			USING ERRCODE = 'P0001', CONSTRAINT = 'content_immutable';
	END IF;
	RETURN OLD;
END $$;

CREATE TRIGGER content_no_update BEFORE UPDATE ON content
	FOR EACH ROW EXECUTE FUNCTION content_refuse();
CREATE TRIGGER content_no_truncate BEFORE TRUNCATE ON content
	FOR EACH STATEMENT EXECUTE FUNCTION content_refuse();
CREATE TRIGGER content_delete BEFORE DELETE ON content
	FOR EACH ROW EXECUTE FUNCTION content_delete_check();
CREATE TRIGGER content_chunk_no_update BEFORE UPDATE ON content_chunk
	FOR EACH ROW EXECUTE FUNCTION content_refuse();
CREATE TRIGGER content_chunk_no_truncate BEFORE TRUNCATE ON content_chunk
	FOR EACH STATEMENT EXECUTE FUNCTION content_refuse();
CREATE TRIGGER content_chunk_delete BEFORE DELETE ON content_chunk
	FOR EACH ROW EXECUTE FUNCTION content_chunk_delete_check();

-- Ends an upload: true when its bytes became the content, false when the same bytes were there already (the chunks of
-- this upload are dropped then). Raises when the chunks do not add up to size_.
CREATE FUNCTION content_commit(upload_ uuid, sha256_ bytea, size_ bigint) RETURNS boolean
LANGUAGE plpgsql AS $$
DECLARE
	chunks bigint;
	total bigint;
	fresh boolean;
BEGIN
	SELECT count(*), coalesce(sum(octet_length(bytes)), 0) INTO chunks, total
		FROM content_chunk WHERE upload = upload_;
	-- (upload, n) is the key and n >= 0, so the right count with the right greatest n has no gap.
	IF total <> size_ OR chunks <> (size_ + 262143) / 262144 OR EXISTS
		(SELECT 1 FROM content_chunk WHERE upload = upload_ AND n >= chunks) THEN
		RAISE EXCEPTION 'upload % has % bytes in % chunks, not %', upload_, total, chunks, size_
			USING ERRCODE = 'P0001', CONSTRAINT = 'content_whole';
	END IF;
	LOOP
		INSERT INTO content (sha256, size, upload) VALUES (sha256_, size_, upload_)
			ON CONFLICT (sha256) DO NOTHING;
		fresh := FOUND;
		EXIT WHEN fresh;
		-- Holds it against the sweeper; gone between the two statements: try again.
		PERFORM 1 FROM content WHERE sha256 = sha256_ FOR KEY SHARE;
		EXIT WHEN FOUND;
	END LOOP;
	INSERT INTO content_claim AS c (sha256, until) VALUES (sha256_, now() + interval '1 day')
		ON CONFLICT (sha256) DO UPDATE SET until = greatest(c.until, excluded.until);
	IF NOT fresh AND NOT EXISTS (SELECT 1 FROM content WHERE upload = upload_) THEN
		DELETE FROM content_chunk WHERE upload = upload_;
	END IF;
	DELETE FROM content_upload WHERE id = upload_;
	RETURN fresh;
END $$;

-- The same for content of at most one chunk, in one call and without an upload row.
CREATE FUNCTION content_store(upload_ uuid, sha256_ bytea, bytes_ bytea) RETURNS boolean
LANGUAGE plpgsql AS $$
DECLARE
	fresh boolean;
BEGIN
	LOOP
		INSERT INTO content (sha256, size, upload) VALUES (sha256_, octet_length(bytes_), upload_)
			ON CONFLICT (sha256) DO NOTHING;
		fresh := FOUND;
		EXIT WHEN fresh;
		PERFORM 1 FROM content WHERE sha256 = sha256_ FOR KEY SHARE;
		EXIT WHEN FOUND;
	END LOOP;
	IF fresh AND octet_length(bytes_) > 0 THEN
		INSERT INTO content_chunk (upload, n, bytes) VALUES (upload_, 0, bytes_);
	END IF;
	INSERT INTO content_claim AS c (sha256, until) VALUES (sha256_, now() + interval '1 day')
		ON CONFLICT (sha256) DO UPDATE SET until = greatest(c.until, excluded.until);
	RETURN fresh;
END $$;

-- Somebody has these bytes and would upload them: true when they are stored already, and then held as by an upload.
CREATE FUNCTION content_hold(sha256_ bytea) RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
	PERFORM 1 FROM content WHERE sha256 = sha256_ FOR KEY SHARE;
	IF NOT FOUND THEN
		RETURN false;
	END IF;
	INSERT INTO content_claim AS c (sha256, until) VALUES (sha256_, now() + interval '1 day')
		ON CONFLICT (sha256) DO UPDATE SET until = greatest(c.until, excluded.until);
	RETURN true;
END $$;

-- Marks a content as perhaps no longer needed: whoever deletes a row that referred to it calls this in the same act.
CREATE FUNCTION content_release(sha256_ bytea) RETURNS void LANGUAGE sql AS $$
	INSERT INTO content_claim (sha256, until) SELECT sha256, now() FROM content WHERE sha256 = sha256_
		ON CONFLICT (sha256) DO NOTHING;
$$;

-- True when a row of any table refers to the content. Tables are found by their foreign keys; those that follow a
-- deletion (ON DELETE CASCADE: claims, derived rows) do not count.
CREATE FUNCTION content_is_referred(sha256_ bytea) RETURNS boolean LANGUAGE plpgsql STABLE AS $$
DECLARE
	fk record;
	found_ boolean;
BEGIN
	FOR fk IN SELECT c.conrelid::regclass AS tab, a.attname AS col
		FROM pg_constraint c JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = c.conkey[1]
		WHERE c.contype = 'f' AND c.confrelid = 'content'::regclass AND c.confdeltype <> 'c'
	LOOP
		EXECUTE format('SELECT EXISTS (SELECT 1 FROM %s WHERE %I = $1)', fk.tab, fk.col)
			INTO found_ USING sha256_;
		IF found_ THEN
			RETURN true;
		END IF;
	END LOOP;
	RETURN false;
END $$;

-- Looks at up to limit_ expired claims and as many abandoned uploads; deletes what nothing refers to. Returns the number of
-- contents deleted. Locks the content row first, as content_commit does, and steps over rows in use.
CREATE FUNCTION content_sweep(limit_ integer) RETURNS integer LANGUAGE plpgsql AS $$
DECLARE
	due record;
	upload_ uuid;
	gone integer := 0;
BEGIN
	PERFORM set_config('congvan.sweep', 'on', true);
	FOR due IN SELECT sha256 FROM content_claim WHERE until <= now() ORDER BY until LIMIT limit_ LOOP
		SELECT upload INTO upload_ FROM content WHERE sha256 = due.sha256 FOR UPDATE SKIP LOCKED;
		CONTINUE WHEN NOT FOUND;
		DELETE FROM content_claim WHERE sha256 = due.sha256 AND until <= now();
		CONTINUE WHEN NOT FOUND OR content_is_referred(due.sha256);
		DELETE FROM content WHERE sha256 = due.sha256;
		DELETE FROM content_chunk WHERE upload = upload_;
		gone := gone + 1;
	END LOOP;
	FOR due IN SELECT id FROM content_upload WHERE started_at < now() - interval '1 day'
		ORDER BY started_at LIMIT limit_ FOR UPDATE SKIP LOCKED
	LOOP
		DELETE FROM content_chunk k WHERE k.upload = due.id
			AND NOT EXISTS (SELECT 1 FROM content c WHERE c.upload = due.id);
		DELETE FROM content_upload WHERE id = due.id;
	END LOOP;
	PERFORM set_config('congvan.sweep', 'off', true);
	RETURN gone;
END $$;
