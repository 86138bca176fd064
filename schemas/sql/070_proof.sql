-- Proofs got from the network to judge signatures: certificates of issuers, revocation lists, OCSP responses. Derived: may be thrown away
-- and fetched again. What is kept here was judged by a worker first (lib/pki/fetched); it is judged again whenever it is used.
CREATE TABLE proof (
	key bytea PRIMARY KEY CHECK (length(key) = 32), -- SHA-256 of kind, place, certificate and issuer
	kind text NOT NULL CHECK (kind IN ('cert', 'crl', 'ocsp')),
	url text NOT NULL,
	about bytea NOT NULL CHECK (length(about) = 32), -- SHA-256 of the certificate it speaks of; of a list: of its issuer
	sha256 bytea REFERENCES content,           -- NULL: nothing usable came yet
	size bigint NOT NULL DEFAULT 0,
	state text NOT NULL DEFAULT '',            -- good, held, revoked; of a list: of the certificate that was asked about
	this_update timestamptz,
	next_update timestamptz,
	usable_until timestamptz NOT NULL DEFAULT now(), -- a new one is asked for after that
	fetched_at timestamptz,
	used_at timestamptz NOT NULL DEFAULT now(),
	failures integer NOT NULL DEFAULT 0,       -- in a row
	next_try timestamptz NOT NULL DEFAULT now(), -- after a failure
	last_error text NOT NULL DEFAULT ''
);
CREATE INDEX proof_used ON proof (used_at);

-- A good answer takes the place of the one before. An answer that is older than the one kept does not: a replayed response must not bring a
-- revoked certificate back. Least used ones go when all together are more than most_ bytes.
CREATE FUNCTION proof_keep(key_ bytea, kind_ text, url_ text, about_ bytea, sha256_ bytea, size_ bigint, state_ text,
	this_ timestamptz, next_ timestamptz, max_age_ integer, most_ bigint) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
	old proof%ROWTYPE;
	gone record;
	until_ timestamptz := least(coalesce(next_, coalesce(this_, now()) + interval '1 day'), now() + make_interval(secs => max_age_));
BEGIN
	IF kind_ = 'cert' THEN
		until_ := now() + make_interval(secs => max_age_);
	END IF;
	SELECT * INTO old FROM proof WHERE key = key_ FOR UPDATE;
	IF old.sha256 IS NOT NULL AND old.this_update > this_ AND old.next_update > now() THEN
		UPDATE proof SET failures = 0, next_try = now(), last_error = '', used_at = now() WHERE key = key_;
		RETURN false;
	END IF;
	INSERT INTO proof AS p (key, kind, url, about, sha256, size, state, this_update, next_update, usable_until, fetched_at)
		VALUES (key_, kind_, url_, about_, sha256_, size_, state_, this_, next_, until_, now())
		ON CONFLICT (key) DO UPDATE SET sha256 = excluded.sha256, size = excluded.size, state = excluded.state,
			this_update = excluded.this_update, next_update = excluded.next_update, usable_until = excluded.usable_until,
			fetched_at = now(), used_at = now(), failures = 0, next_try = now(), last_error = '';
	IF old.sha256 IS DISTINCT FROM sha256_ AND old.sha256 IS NOT NULL THEN
		PERFORM content_release(old.sha256);
	END IF;
	FOR gone IN DELETE FROM proof WHERE key IN (SELECT key FROM (SELECT key, sum(size) OVER (ORDER BY used_at DESC, key) AS all_
		FROM proof) s WHERE all_ > most_) AND key <> key_ RETURNING sha256 LOOP
		IF gone.sha256 IS NOT NULL THEN
			PERFORM content_release(gone.sha256);
		END IF;
	END LOOP;
	RETURN true;
END $$;

-- Nothing came, or nothing that can be believed: asked again after pause_ seconds, doubled with each failure in a row up to an hour.
CREATE FUNCTION proof_fail(key_ bytea, kind_ text, url_ text, about_ bytea, error_ text, pause_ integer) RETURNS void
LANGUAGE sql AS $$
	INSERT INTO proof AS p (key, kind, url, about, failures, next_try, last_error)
		VALUES (key_, kind_, url_, about_, 1, now() + make_interval(secs => pause_), left(error_, 400))
		ON CONFLICT (key) DO UPDATE SET failures = p.failures + 1, last_error = excluded.last_error,
			next_try = now() + make_interval(secs => least(3600, pause_ * 2 ^ least(p.failures, 20)));
$$;
