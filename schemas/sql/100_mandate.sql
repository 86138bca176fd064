-- Mandates: who may sign for whom (ký thay KT., thừa lệnh TL., thay mặt TM., thừa ủy quyền TUQ., quyền Q.; Decree 30/2020 art. 13; Party: K/T, T/L, T/M, Q.).
-- A mandate is an internal document of its own, whose main file says in canonical JSON what this row says and which the grantor signs like any other: so it is
-- signed, dated, versioned and in the evidence log. It is never changed, only revoked, once.

CREATE TABLE mandate (
	id uuid PRIMARY KEY,
	document uuid NOT NULL UNIQUE REFERENCES document,
	organ uuid NOT NULL REFERENCES organ,
	kind text NOT NULL CHECK (kind IN ('KT', 'TL', 'TM', 'TUQ', 'Q')),
	grantor uuid NOT NULL REFERENCES account,
	holder uuid NOT NULL REFERENCES account,
	kinds text[] NOT NULL DEFAULT '{}',        -- codes of document kinds; empty: all
	valid_from timestamptz NOT NULL,
	valid_until timestamptz NOT NULL,
	basis text NOT NULL CHECK (length(basis) BETWEEN 1 AND 1000), -- the decision or resolution it rests on
	revoked_from timestamptz,                  -- signatures from then on are outside it
	revoked_at timestamptz,
	revoked_by uuid REFERENCES account,
	revoke_reason text NOT NULL DEFAULT '',
	created_at timestamptz NOT NULL DEFAULT now(),
	CHECK (grantor <> holder),
	CHECK (valid_until > valid_from AND valid_until <= valid_from + interval '5 years 1 month'), -- a term of office
	CHECK ((revoked_from IS NULL) = (revoked_at IS NULL) AND (revoked_from IS NULL) = (revoked_by IS NULL)),
	CHECK (revoked_from <= revoked_at)
);
CREATE INDEX mandate_holder ON mandate (holder);
CREATE INDEX mandate_organ ON mandate (organ, id);

CREATE FUNCTION mandate_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	IF TG_OP = 'DELETE' OR OLD.revoked_at IS NOT NULL OR NEW.revoked_at IS NULL
		OR (NEW.id, NEW.document, NEW.organ, NEW.kind, NEW.grantor, NEW.holder, NEW.kinds, NEW.valid_from, NEW.valid_until, NEW.basis, NEW.created_at)
			IS DISTINCT FROM (OLD.id, OLD.document, OLD.organ, OLD.kind, OLD.grantor, OLD.holder, OLD.kinds, OLD.valid_from, OLD.valid_until, OLD.basis,
			OLD.created_at) THEN
		RAISE EXCEPTION 'a mandate is never changed, only revoked, once' USING ERRCODE = 'P0001';
	END IF;
	RETURN NEW;
END $$;
CREATE TRIGGER mandate_fixed BEFORE UPDATE OR DELETE ON mandate FOR EACH ROW EXECUTE FUNCTION mandate_guard();
CREATE TRIGGER mandate_kept BEFORE TRUNCATE ON mandate EXECUTE FUNCTION refuse_change();

-- signed_at: when the grantor himself signed its document. in_force: now.
CREATE VIEW mandate_state AS
	SELECT m.*, d.state AS document_state, s.at AS signed_at,
		coalesce(s.at IS NOT NULL AND d.state IN ('signed', 'numbered', 'sealed', 'issued', 'filed')
			AND m.valid_from <= now() AND now() < m.valid_until AND coalesce(m.revoked_from > now(), true), false) AS in_force
	FROM mandate m JOIN document d ON d.id = m.document
	LEFT JOIN LATERAL (SELECT v.at FROM move v WHERE v.document = m.document AND v.name = 'sign' AND v.actor = m.grantor
		ORDER BY v.revision DESC LIMIT 1) s ON true;

-- A signature under a mandate (details.mandate of its move) stands only with one in force in this very transaction; the row lock makes a revocation wait
-- for it, or it for the revocation.
CREATE FUNCTION move_mandate() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
	named uuid := (NEW.details->'mandate'->>'id')::uuid;
BEGIN
	PERFORM 1 FROM mandate WHERE id = named FOR SHARE;
	PERFORM 1 FROM mandate_state m JOIN document d ON d.id = NEW.document
		WHERE m.id = named AND m.in_force AND m.holder = NEW.actor AND m.organ = d.organ AND (m.kinds = '{}' OR d.kind = ANY (m.kinds));
	IF NOT FOUND THEN
		RAISE EXCEPTION 'the mandate is not in force for this signature' USING ERRCODE = 'P0001';
	END IF;
	RETURN NEW;
END $$;
CREATE TRIGGER move_mandate BEFORE INSERT ON move FOR EACH ROW WHEN (NEW.details ? 'mandate') EXECUTE FUNCTION move_mandate();
