-- Deadlines that come near and that pass: each is told once to each person concerned, whoever asks how often, and across restarts.

CREATE TABLE deadline_notice (
	document uuid NOT NULL REFERENCES document,
	deadline date NOT NULL,                    -- another deadline of the same document is told anew
	kind text NOT NULL CHECK (kind IN ('deadline_near', 'deadline_passed')),
	at timestamptz NOT NULL DEFAULT now(),
	PRIMARY KEY (document, deadline, kind)
);
CREATE INDEX document_due ON document (coalesce(deadline, due_date))
	WHERE direction = 'incoming' AND state IN ('registered', 'assigned', 'in_progress');

-- Tells what is due at that moment: who leads and co-ordinates (by himself or through his unit) and who gave the direction; while nobody is
-- assigned, the leaders. The number of documents told about. The leader's deadline counts, else the sender's wish.
CREATE FUNCTION deadline_tell(at_ timestamptz, near_days integer) RETURNS integer LANGUAGE plpgsql AS $$
DECLARE
	today date := (at_ AT TIME ZONE 'Asia/Ho_Chi_Minh')::date;
	n record;
	told integer := 0;
BEGIN
	FOR n IN
		WITH due AS (SELECT d.id, coalesce(d.deadline, d.due_date) AS deadline,
				CASE WHEN coalesce(d.deadline, d.due_date) < today THEN 'deadline_passed' ELSE 'deadline_near' END AS kind
			FROM document d WHERE d.direction = 'incoming' AND d.state IN ('registered', 'assigned', 'in_progress')
				AND coalesce(d.deadline, d.due_date) <= today + near_days),
		fresh AS (INSERT INTO deadline_notice (document, deadline, kind) SELECT id, deadline, kind FROM due
			WHERE NOT EXISTS (SELECT 1 FROM deadline_notice t WHERE t.document = due.id AND t.deadline = due.deadline AND t.kind = due.kind)
			ORDER BY id LIMIT 500 ON CONFLICT DO NOTHING RETURNING document, kind)
		SELECT f.kind, d.id, d.organ, d.state, d.revision, coalesce((SELECT array_agg(a.id) FROM account a WHERE a.organ = d.organ AND NOT a.disabled
				AND (EXISTS (SELECT 1 FROM assignment s WHERE s.document = d.id AND s.state IN ('open', 'accepted') AND s.role IN ('lead', 'coordinate')
					AND (s.account = a.id OR (s.account IS NULL AND s.unit = a.unit) OR s.created_by = a.id))
				OR (d.state = 'registered' AND a.roles && '{leader}'))), '{}') AS accounts
		FROM fresh f JOIN document d ON d.id = f.document
	LOOP
		INSERT INTO notification (id, account, document, kind) SELECT uuid7(), a, n.id, n.kind FROM unnest(n.accounts) AS a;
		PERFORM pg_notify('congvan_event', json_build_object('document', n.id, 'organ', n.organ, 'kind', n.kind, 'revision', n.revision, 'state', n.state,
			'accounts', CASE WHEN cardinality(n.accounts) <= 150 THEN n.accounts END)::text);
		told := told + 1;
	END LOOP;
	RETURN told;
END $$;
