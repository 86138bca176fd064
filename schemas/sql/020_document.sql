-- Documents, their versions, moves, assignments, registers. The original is sacred: triggers refuse to change a version, a move or
-- a register entry, also for an administrator.

CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	RAISE EXCEPTION 'rows of % are never changed or deleted', TG_TABLE_NAME USING ERRCODE = 'P0001';
END $$;

-- Kinds and notation are dated data, not code (Decree 30/2020 App. III; 36-HD/VPTW, 05-HD/VPTW).
CREATE TABLE rule_set (
	code text PRIMARY KEY,
	regime text NOT NULL CHECK (regime IN ('party', 'state')),
	valid_from date NOT NULL,
	valid_to date,
	period text NOT NULL CHECK (period IN ('year', 'term')),  -- of outgoing numbers
	number_digits integer NOT NULL DEFAULT 2,                 -- numbers below 10 get a leading 0
	prefix text NOT NULL,               -- printed before the number: 'Số ' (party) or 'Số: ' (state)
	-- pattern of the notation after the number: {kind} {organ} {unit}
	notation text NOT NULL,
	notation_letter text NOT NULL,      -- for công văn
	join_mark text NOT NULL,            -- between number and notation: '-' (party) or '/' (state)
	CHECK (valid_to IS NULL OR valid_to >= valid_from)
);

CREATE TABLE document_kind (
	rule_set text NOT NULL REFERENCES rule_set,
	code text NOT NULL,                 -- our stable code: NQ, QD, QUYDINH, CV …
	name text NOT NULL,
	name_fold text NOT NULL,
	mark text NOT NULL,                 -- '' for công văn of the state
	is_letter boolean NOT NULL DEFAULT false,
	archive_type text NOT NULL DEFAULT '32', -- typeDoc of Circular 05/2025
	PRIMARY KEY (rule_set, code)
);

CREATE TABLE document (
	id uuid PRIMARY KEY,
	direction text NOT NULL CHECK (direction IN ('incoming', 'outgoing', 'internal')),
	state text NOT NULL CHECK (state IN ('arrived', 'rejected', 'registered', 'assigned', 'in_progress', 'completed',
		'withdrawn', 'recalled', 'draft', 'under_review', 'returned', 'submitted', 'signed', 'numbered', 'sealed',
		'dispatched', 'delivered', 'issued', 'filed', 'cancelled', 'voided')),
	revision bigint NOT NULL DEFAULT 1,
	organ uuid NOT NULL REFERENCES organ,      -- ours
	unit uuid REFERENCES unit,                 -- drafting or lead unit
	kind text NOT NULL DEFAULT '',             -- document_kind.code, '' while unknown
	kind_name text NOT NULL DEFAULT '',
	code_number text NOT NULL DEFAULT '',      -- as text: partners send anything
	code_notation text NOT NULL DEFAULT '',
	notation text NOT NULL DEFAULT '',         -- as people write it: 12-CV/QU, 15/QĐ-UBND
	notation_key text NOT NULL DEFAULT '',     -- one key for all spellings of it (daemon/flow/notation)
	issued_date date,
	issuer_code text NOT NULL DEFAULT '',
	issuer_name text NOT NULL DEFAULT '',
	place text NOT NULL DEFAULT '',
	subject text NOT NULL CHECK (length(subject) BETWEEN 1 AND 2000),
	summary text NOT NULL DEFAULT '',
	signer_name text NOT NULL DEFAULT '',
	signer_position text NOT NULL DEFAULT '',
	signer_competence text NOT NULL DEFAULT '',
	priority smallint NOT NULL DEFAULT 0 CHECK (priority BETWEEN 0 AND 4),
	secrecy text NOT NULL DEFAULT 'none' CHECK (secrecy IN ('none', 'mat', 'toi-mat', 'tuyet-mat')),
	language text NOT NULL DEFAULT 'vi',
	page_amount integer,
	copies integer,
	due_date date,                             -- the sender's wish
	deadline date,                             -- the leader's
	receivers jsonb NOT NULL DEFAULT '[]',     -- outgoing: [{"organ_id","organ_name"}]
	response_for jsonb NOT NULL DEFAULT '[]',
	answers uuid REFERENCES document,          -- the incoming document this one replies to
	replaces uuid REFERENCES document,
	reviewer uuid REFERENCES account,          -- asked to review
	leader uuid REFERENCES account,            -- asked to sign
	external_id text NOT NULL DEFAULT '',      -- edXML DocumentId, opaque
	metadata jsonb NOT NULL DEFAULT '{}',      -- what else the packet said
	arrived_at timestamptz,
	arrival_number integer,                    -- số đến
	file_code text NOT NULL DEFAULT '',        -- hồ sơ
	created_by uuid REFERENCES account,        -- NULL: came by exchange
	created_at timestamptz NOT NULL DEFAULT now(),
	updated_at timestamptz NOT NULL DEFAULT now(),
	sort_date date NOT NULL DEFAULT current_date, -- what lists are ordered by: issued or arrival day
	issuer_fold text NOT NULL DEFAULT '',      -- search form of issuer and receivers (lib/base/text)
	words text NOT NULL DEFAULT '',            -- search form of the metadata, words only
	search tsvector NOT NULL DEFAULT ''        -- of words and of the text of the newest files; by trigger
);
CREATE INDEX document_walk ON document (sort_date DESC, id DESC);
CREATE INDEX document_state ON document (organ, direction, state);
CREATE INDEX document_active ON document (organ)
	WHERE state NOT IN ('rejected', 'withdrawn', 'recalled', 'draft', 'filed', 'cancelled', 'voided');
CREATE INDEX document_notation ON document (notation_key text_pattern_ops);
CREATE INDEX document_arrival ON document (arrival_number) WHERE arrival_number IS NOT NULL;
CREATE INDEX document_external ON document (external_id) WHERE external_id <> '';
CREATE INDEX document_answers ON document (answers) WHERE answers IS NOT NULL;
CREATE INDEX document_search ON document USING gin (search);

CREATE TABLE version (
	id uuid PRIMARY KEY,
	document uuid NOT NULL REFERENCES document,
	part text NOT NULL CHECK (part IN ('main', 'attachment', 'packet', 'signature')),
	part_number integer NOT NULL DEFAULT 0,    -- which attachment
	ordinal integer NOT NULL,                  -- 1, 2, … of that part
	name text NOT NULL CHECK (length(name) BETWEEN 1 AND 255),
	mime text NOT NULL,
	sha256 bytea NOT NULL REFERENCES content,
	size bigint NOT NULL,
	cause text NOT NULL,                       -- received, drafted, signed, numbered, sealed, timestamped, repaired
	verdict jsonb,                             -- our report at the time it was stored, when it holds signatures
	created_by uuid REFERENCES account,
	created_at timestamptz NOT NULL DEFAULT now(),
	UNIQUE (document, part, part_number, ordinal)
);
CREATE INDEX version_content ON version (sha256);
CREATE TRIGGER version_fixed BEFORE UPDATE OR DELETE ON version FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER version_kept BEFORE TRUNCATE ON version EXECUTE FUNCTION refuse_change();

-- Derived, can be thrown away and rebuilt: text of a content.
CREATE TABLE derived_text (
	sha256 bytea PRIMARY KEY REFERENCES content ON DELETE CASCADE,
	state text NOT NULL CHECK (state IN ('waiting', 'done', 'failed')),
	pages integer,
	body text,
	search tsvector NOT NULL DEFAULT '',
	attempts integer NOT NULL DEFAULT 0,
	at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX derived_text_waiting ON derived_text (at) WHERE state = 'waiting';

-- Nothing is deleted; the state moves only with the revision; the search row follows words and texts.
CREATE AGGREGATE tsvector_sum(tsvector) (sfunc = tsvector_concat, stype = tsvector, initcond = '');

CREATE FUNCTION document_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	IF TG_OP = 'UPDATE' AND (NEW.id <> OLD.id OR NEW.direction <> OLD.direction OR NEW.organ <> OLD.organ
		OR NEW.created_at <> OLD.created_at OR NEW.revision NOT IN (OLD.revision, OLD.revision + 1)
		OR (NEW.state <> OLD.state AND NEW.revision = OLD.revision)) THEN
		RAISE EXCEPTION 'a document moves one revision at a time' USING ERRCODE = 'P0001';
	END IF;
	NEW.search := strip(to_tsvector('simple', NEW.words));
	IF TG_OP = 'UPDATE' THEN
		NEW.search := NEW.search || (SELECT tsvector_sum(t.search) FROM (
			SELECT DISTINCT ON (part, part_number) sha256 FROM version WHERE document = NEW.id AND part IN ('main', 'attachment')
			ORDER BY part, part_number, ordinal DESC) v JOIN derived_text t USING (sha256));
	END IF;
	RETURN NEW;
END $$;
CREATE TRIGGER document_fixed BEFORE INSERT OR UPDATE ON document FOR EACH ROW EXECUTE FUNCTION document_guard();
CREATE TRIGGER document_kept BEFORE DELETE ON document FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER document_whole BEFORE TRUNCATE ON document EXECUTE FUNCTION refuse_change();

CREATE TABLE move (
	id uuid PRIMARY KEY,
	document uuid NOT NULL REFERENCES document,
	revision bigint NOT NULL,                  -- after the move
	name text NOT NULL,
	from_state text NOT NULL,
	to_state text NOT NULL,
	actor uuid REFERENCES account,             -- NULL: the exchange
	note text NOT NULL DEFAULT '',
	details jsonb NOT NULL DEFAULT '{}',
	leaf uuid NOT NULL,                        -- its leaf of the evidence log, written in the same transaction
	at timestamptz NOT NULL DEFAULT now(),
	UNIQUE (document, revision)                -- the optimistic check: one change per revision
);
CREATE TRIGGER move_fixed BEFORE UPDATE OR DELETE ON move FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER move_kept BEFORE TRUNCATE ON move EXECUTE FUNCTION refuse_change();

-- Who is to do what (chủ trì, phối hợp, để biết).
CREATE TABLE assignment (
	id uuid PRIMARY KEY,
	document uuid NOT NULL REFERENCES document,
	role text NOT NULL CHECK (role IN ('lead', 'coordinate', 'inform')),
	unit uuid REFERENCES unit,
	account uuid REFERENCES account,
	instruction text NOT NULL DEFAULT '',
	deadline date,
	state text NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'accepted', 'done', 'returned', 'ended')),
	created_by uuid NOT NULL REFERENCES account,
	created_at timestamptz NOT NULL DEFAULT now(),
	CHECK (unit IS NOT NULL OR account IS NOT NULL)
);
CREATE INDEX assignment_document ON assignment (document);
CREATE INDEX assignment_unit ON assignment (unit) WHERE state IN ('open', 'accepted');
CREATE INDEX assignment_account ON assignment (account) WHERE state IN ('open', 'accepted');

-- Bút phê, opinions, proposals: kept as said.
CREATE TABLE note (
	id uuid PRIMARY KEY,
	document uuid NOT NULL REFERENCES document,
	kind text NOT NULL CHECK (kind IN ('direction', 'opinion', 'proposal', 'progress')),
	author uuid NOT NULL REFERENCES account,
	body text NOT NULL CHECK (length(body) BETWEEN 1 AND 4000),
	at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX note_document ON note (document);
CREATE TRIGGER note_fixed BEFORE UPDATE OR DELETE ON note FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER note_kept BEFORE TRUNCATE ON note EXECUTE FUNCTION refuse_change();

-- Registers (sổ): gap-free by construction. last_number moves only together with an entry.
CREATE TABLE register (
	id uuid PRIMARY KEY,
	organ uuid NOT NULL REFERENCES organ,
	direction text NOT NULL CHECK (direction IN ('incoming', 'outgoing', 'internal')),
	kind_group text NOT NULL DEFAULT '',       -- '' all kinds; else a document_kind.code or a name of a group
	kinds text[] NOT NULL DEFAULT '{}',        -- the kinds of the group; {} all
	name text NOT NULL,
	period text NOT NULL CHECK (period IN ('year', 'term')),
	UNIQUE (organ, direction, kind_group)
);

CREATE TABLE register_period (
	register uuid NOT NULL REFERENCES register,
	label text NOT NULL,                       -- '2026', '2025-2030'
	starts date NOT NULL,
	ends date,                                 -- NULL: the running term
	last_number integer NOT NULL DEFAULT 0 CHECK (last_number >= 0),
	PRIMARY KEY (register, label),
	CHECK (ends IS NULL OR ends >= starts)
);

-- Two periods of a register never hold the same day.
CREATE FUNCTION register_period_apart() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	IF EXISTS (SELECT 1 FROM register_period WHERE register = NEW.register AND label <> NEW.label
		AND starts <= coalesce(NEW.ends, 'infinity') AND coalesce(ends, 'infinity') >= NEW.starts) THEN
		RAISE EXCEPTION 'the period % overlaps another', NEW.label
			USING ERRCODE = 'P0001', CONSTRAINT = 'register_period_overlap';
	END IF;
	RETURN NEW;
END $$;
CREATE TRIGGER register_period_no_overlap BEFORE INSERT ON register_period
	FOR EACH ROW EXECUTE FUNCTION register_period_apart();

CREATE TABLE register_entry (
	register uuid NOT NULL,
	period text NOT NULL,
	number integer NOT NULL CHECK (number > 0),
	document uuid NOT NULL REFERENCES document,
	taken_by uuid REFERENCES account,
	taken_at timestamptz NOT NULL DEFAULT now(),
	line jsonb NOT NULL,                       -- the printed line (Decree 30/2020 App. IV, V) as it was written
	voided_at timestamptz,
	voided_by uuid REFERENCES account,
	void_reason text,
	PRIMARY KEY (register, period, number),
	FOREIGN KEY (register, period) REFERENCES register_period (register, label),
	CHECK ((voided_at IS NULL) = (void_reason IS NULL))
);
CREATE INDEX register_entry_document ON register_entry (document);

-- An entry may only be voided, once; nothing else of it changes, and it is never deleted.
CREATE FUNCTION register_entry_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	IF TG_OP = 'DELETE' OR OLD.voided_at IS NOT NULL
		OR (NEW.register, NEW.period, NEW.number, NEW.document, NEW.taken_at, NEW.line)
			IS DISTINCT FROM (OLD.register, OLD.period, OLD.number, OLD.document, OLD.taken_at, OLD.line) THEN
		RAISE EXCEPTION 'a register entry is never changed, only voided once' USING ERRCODE = 'P0001';
	END IF;
	RETURN NEW;
END $$;
CREATE TRIGGER register_entry_fixed BEFORE UPDATE OR DELETE ON register_entry
	FOR EACH ROW EXECUTE FUNCTION register_entry_guard();
CREATE TRIGGER register_entry_kept BEFORE TRUNCATE ON register_entry EXECUTE FUNCTION refuse_change();

-- The next number is the last plus one, and only forward: a gap or a double cannot be written.
CREATE FUNCTION register_entry_next() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE last integer;
BEGIN
	SELECT last_number INTO last FROM register_period WHERE register = NEW.register AND label = NEW.period;
	IF NEW.number IS DISTINCT FROM last THEN
		RAISE EXCEPTION 'entry % of register % is not the number just taken (%)', NEW.number, NEW.register, last
			USING ERRCODE = 'P0001';
	END IF;
	RETURN NEW;
END $$;
CREATE TRIGGER register_entry_dense BEFORE INSERT ON register_entry
	FOR EACH ROW EXECUTE FUNCTION register_entry_next();

CREATE FUNCTION register_period_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	IF NEW.last_number NOT IN (OLD.last_number, OLD.last_number + 1) OR NEW.register <> OLD.register
		OR NEW.label <> OLD.label OR NEW.starts <> OLD.starts THEN
		RAISE EXCEPTION 'a register counts up by one' USING ERRCODE = 'P0001';
	END IF;
	RETURN NEW;
END $$;
CREATE TRIGGER register_period_counts BEFORE UPDATE ON register_period
	FOR EACH ROW EXECUTE FUNCTION register_period_guard();

-- Gap-free is also checked at commit: a number taken without its entry cannot be committed.
CREATE FUNCTION register_period_whole() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	IF NEW.last_number > 0 AND NOT EXISTS (SELECT 1 FROM register_entry
		WHERE register = NEW.register AND period = NEW.label AND number = NEW.last_number) THEN
		RAISE EXCEPTION 'number % was taken without an entry', NEW.last_number USING ERRCODE = 'P0001';
	END IF;
	RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER register_period_no_gap AFTER UPDATE ON register_period
	DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION register_period_whole();
