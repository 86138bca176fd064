-- Who may do what to the tables. The owner of the schema makes and changes it, once, at the start of congvand; the work of the office is done by another role,
-- which adds rows, changes what acts change, and can neither alter a version, a leaf or a register nor switch off the triggers that guard them.

-- What differs from the rule in congvan_grant.
CREATE TABLE working_right (
	relation name PRIMARY KEY,
	adds boolean NOT NULL DEFAULT true,
	changes text,                       -- columns that acts change, comma between; '' none; NULL every one
	deletes boolean NOT NULL DEFAULT false
);
INSERT INTO working_right (relation, adds, changes, deletes) VALUES
	('schema_migration', false, '', false),
	('working_right', false, '', false),
	('rule_set', false, '', false),
	('document_kind', false, '', false),
	('content', false, '', false),      -- by the functions below alone
	('content_chunk', true, '', true),  -- a trigger keeps those of a stored content
	('leaf', true, 'index', false),
	('tree_node', true, '', false),
	('checkpoint', true, 'timestamp_token', false),
	('register_entry', true, 'voided_at, voided_by, void_reason', false),
	('register_period', true, 'last_number, ends', false),
	('organ', true, NULL, false),
	('unit', true, NULL, false),
	('account', true, NULL, false),
	('register', true, NULL, false),
	('assignment', true, NULL, false),
	('signing', true, NULL, false),
	('outbox', true, NULL, false),
	('notification', true, NULL, false);

-- These write `content`, and hold its rows against the sweeper: with the owner's rights, so that nobody needs them.
DO $$
DECLARE
	f regprocedure;
BEGIN
	FOREACH f IN ARRAY ARRAY['content_commit(uuid, bytea, bigint)', 'content_store(uuid, bytea, bytea)', 'content_hold(bytea)',
		'content_release(bytea)', 'content_sweep(integer)']::regprocedure[]
	LOOP
		EXECUTE format('ALTER FUNCTION %s SECURITY DEFINER', f);
		EXECUTE format('ALTER FUNCTION %s SET search_path = %I, pg_temp', f, current_schema());
		EXECUTE format('REVOKE EXECUTE ON FUNCTION %s FROM PUBLIC', f);
	END LOOP;
END $$;

-- Gives a role what the office's work needs, and nothing else it had in this schema: called by the owner at each start of congvand, so that it holds for tables
-- made since. The rule: rows may be read, added, and changed or deleted unless a trigger refuses just that.
CREATE FUNCTION congvan_grant(role_ name) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
	t record;
BEGIN
	EXECUTE format('GRANT USAGE ON SCHEMA %I TO %I', current_schema(), role_);
	EXECUTE format('REVOKE ALL ON ALL TABLES IN SCHEMA %I FROM %I', current_schema(), role_);
	EXECUTE format('GRANT SELECT ON ALL TABLES IN SCHEMA %I TO %I', current_schema(), role_);
	EXECUTE format('GRANT USAGE ON ALL SEQUENCES IN SCHEMA %I TO %I', current_schema(), role_);
	EXECUTE format('GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA %I TO %I', current_schema(), role_);
	EXECUTE format('REVOKE EXECUTE ON FUNCTION congvan_grant(name) FROM %I', role_);
	FOR t IN
		SELECT c.oid::regclass AS relation, coalesce(w.adds, true) AS adds, CASE WHEN w.relation IS NULL AND fixed THEN '' ELSE w.changes END AS changes,
			CASE WHEN w.relation IS NULL THEN NOT kept ELSE w.deletes END AS deletes
		FROM pg_class c LEFT JOIN working_right w ON w.relation = c.relname
			CROSS JOIN LATERAL (SELECT coalesce(bool_or(g.tgtype & 16 <> 0 AND p.proname IN ('refuse_change', 'content_refuse')), false) AS fixed,
				coalesce(bool_or(g.tgtype & 8 <> 0), false) AS kept
				FROM pg_trigger g JOIN pg_proc p ON p.oid = g.tgfoid WHERE g.tgrelid = c.oid AND NOT g.tgisinternal) x
		WHERE c.relkind IN ('r', 'p') AND c.relnamespace = current_schema()::regnamespace
	LOOP
		IF t.adds THEN
			EXECUTE format('GRANT INSERT ON %s TO %I', t.relation, role_);
		END IF;
		IF t.changes IS NULL THEN
			EXECUTE format('GRANT UPDATE ON %s TO %I', t.relation, role_);
		ELSIF t.changes <> '' THEN
			EXECUTE format('GRANT UPDATE (%s) ON %s TO %I', t.changes, t.relation, role_);
		END IF;
		IF t.deletes THEN
			EXECUTE format('GRANT DELETE ON %s TO %I', t.relation, role_);
		END IF;
	END LOOP;
END $$;
REVOKE EXECUTE ON FUNCTION congvan_grant(name) FROM PUBLIC;
