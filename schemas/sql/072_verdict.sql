-- Verdicts kept for as long as nothing they rest on changes. Derived: may be thrown away at any time.
CREATE TABLE verdict (
	key bytea PRIMARY KEY CHECK (length(key) = 32), -- SHA-256 of container, contents, and of the trust folder and worker they were judged with
	report jsonb NOT NULL,
	certs bytea[] NOT NULL DEFAULT '{}',       -- SHA-256 of the certificates looked at
	valid_until timestamptz NOT NULL,          -- end of the first certificate or revocation data, or the longest age
	made_at timestamptz NOT NULL DEFAULT now(),
	used_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX verdict_certs ON verdict USING gin (certs);
CREATE INDEX verdict_used ON verdict (used_at);

-- New data about a certificate, or a new list of its issuer: what was judged with the old ones is judged anew.
CREATE FUNCTION proof_changes_verdicts() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	IF NEW.sha256 IS NOT NULL THEN
		DELETE FROM verdict WHERE certs @> ARRAY[NEW.about];
	END IF;
	RETURN NEW;
END $$;
CREATE TRIGGER proof_verdicts_new AFTER INSERT ON proof FOR EACH ROW EXECUTE FUNCTION proof_changes_verdicts();
CREATE TRIGGER proof_verdicts AFTER UPDATE OF sha256 ON proof
	FOR EACH ROW WHEN (OLD.sha256 IS DISTINCT FROM NEW.sha256) EXECUTE FUNCTION proof_changes_verdicts();
