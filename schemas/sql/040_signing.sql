-- Signing in progress (prepare, approve, complete) and the evidence log.

CREATE TABLE signing (
	id uuid PRIMARY KEY,
	document uuid NOT NULL REFERENCES document,
	base_version uuid NOT NULL REFERENCES version,
	document_revision bigint NOT NULL,         -- a later revision makes this signing stale
	move text NOT NULL,                        -- the move it completes: sign, number, seal
	role text NOT NULL CHECK (role IN ('leader', 'office', 'attachment', 'invisible')),
	container text NOT NULL CHECK (container IN ('pdf', 'cms')),
	account uuid NOT NULL REFERENCES account,
	key_id text NOT NULL,
	wanted_level text NOT NULL,
	held_level text NOT NULL DEFAULT '',
	state text NOT NULL CHECK (state IN ('prepared', 'approved', 'done', 'failed', 'abandoned')),
	digest bytea NOT NULL CHECK (length(digest) = 32),
	tail bytea REFERENCES content,             -- what prepare appended
	plan jsonb NOT NULL,                       -- hole, request, move parameters (number and date taken at completion)
	result_version uuid REFERENCES version,
	error text NOT NULL DEFAULT '',
	created_at timestamptz NOT NULL DEFAULT now(),
	updated_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX signing_document ON signing (document);

-- Leaves of the evidence log: written in the transaction of what they say. The sequencer gives each its index once.
CREATE TABLE leaf (
	id uuid PRIMARY KEY,
	at timestamptz NOT NULL DEFAULT now(),
	type text NOT NULL,
	document uuid REFERENCES document,
	body bytea NOT NULL,                       -- canonical JSON, docs/architecture.md "Leaf format 1"
	hash bytea NOT NULL CHECK (length(hash) = 32), -- RFC 6962 leaf hash of body
	index bigint UNIQUE CHECK (index >= 0),
	CHECK (hash = sha256('\x00'::bytea || body))
);
CREATE INDEX leaf_waiting ON leaf (id) WHERE index IS NULL;
CREATE INDEX leaf_document ON leaf (document);

CREATE FUNCTION leaf_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	IF TG_OP = 'DELETE' OR OLD.index IS NOT NULL OR NEW.index IS NULL
		OR (NEW.id, NEW.at, NEW.type, NEW.document, NEW.body, NEW.hash)
			IS DISTINCT FROM (OLD.id, OLD.at, OLD.type, OLD.document, OLD.body, OLD.hash) THEN
		RAISE EXCEPTION 'a leaf is never changed: it gets its index once' USING ERRCODE = 'P0001';
	END IF;
	RETURN NEW;
END $$;
CREATE TRIGGER leaf_fixed BEFORE UPDATE OR DELETE ON leaf FOR EACH ROW EXECUTE FUNCTION leaf_guard();
CREATE TRIGGER leaf_kept BEFORE TRUNCATE ON leaf EXECUTE FUNCTION refuse_change();

-- Roots of the perfect subtrees: level 0 are leaves (not stored again), node n of level k covers leaves n*2^k …
CREATE TABLE tree_node (
	level smallint NOT NULL CHECK (level > 0),
	number bigint NOT NULL,
	hash bytea NOT NULL CHECK (length(hash) = 32),
	PRIMARY KEY (level, number)
);
CREATE TRIGGER tree_node_fixed BEFORE UPDATE OR DELETE ON tree_node FOR EACH ROW EXECUTE FUNCTION refuse_change();

CREATE TABLE checkpoint (
	size bigint PRIMARY KEY,
	root bytea NOT NULL CHECK (length(root) = 32),
	note text NOT NULL,                        -- C2SP tlog-checkpoint, signed
	timestamp_token bytea,
	at timestamptz NOT NULL DEFAULT now()
);

-- What a person should look at now; the inbox joins assignments, states and these.
CREATE TABLE notification (
	id uuid PRIMARY KEY,
	account uuid NOT NULL REFERENCES account,
	document uuid REFERENCES document,
	kind text NOT NULL,                        -- assigned, to_sign, to_number, to_seal, returned, arrived, overdue, status
	at timestamptz NOT NULL DEFAULT now(),
	read_at timestamptz
);
CREATE INDEX notification_unread ON notification (account, at DESC) WHERE read_at IS NULL;
