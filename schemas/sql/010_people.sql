-- Organs (offices we are and offices we write to), units, accounts and how they prove who they are.

-- A version 7 UUID (RFC 9562), for rows that a statement makes by itself; elsewhere the program gives the id.
CREATE FUNCTION uuid7() RETURNS uuid LANGUAGE sql VOLATILE AS $$
	SELECT encode(set_bit(set_bit(overlay(uuid_send(gen_random_uuid()) PLACING
		substring(int8send((extract(epoch FROM clock_timestamp()) * 1000)::bigint) FROM 3) FROM 1 FOR 6), 52, 1), 53, 1), 'hex')::uuid
$$;

-- Times as the API shows them: RFC 3339 in UTC.
CREATE FUNCTION utc(t timestamptz) RETURNS text LANGUAGE sql STABLE AS $$
	SELECT to_char(t AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')
$$;

CREATE TABLE organ (
	id uuid PRIMARY KEY,
	code text NOT NULL UNIQUE CHECK (length(code) BETWEEN 1 AND 35),  -- edXML OrganId, Amendment 1:2022
	old_code text,          -- a partner may address either form (Decision 20/2020, QCVN 102:2016)
	code102 text,
	name text NOT NULL CHECK (length(name) BETWEEN 1 AND 200),
	name_fold text NOT NULL DEFAULT '',  -- search form (lib/base/text)
	in_charge text,
	mark text NOT NULL DEFAULT '',      -- organ mark in notations: QU, VPQU, UBND
	regime text NOT NULL DEFAULT 'party' CHECK (regime IN ('party', 'state')),
	parent uuid REFERENCES organ,
	own boolean NOT NULL DEFAULT false, -- an organ of this installation
	transport text NOT NULL DEFAULT 'none' CHECK (transport IN ('none', 'folder', 'http', 'carried')),
	address text NOT NULL DEFAULT '',   -- folder path below the exchange root, or URL
	email text, telephone text, place text,
	created_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE unit (
	id uuid PRIMARY KEY,
	organ uuid NOT NULL REFERENCES organ,
	parent uuid REFERENCES unit,
	name text NOT NULL CHECK (length(name) BETWEEN 1 AND 200),
	mark text NOT NULL DEFAULT '',
	UNIQUE (organ, name)
);

CREATE TABLE account (
	id uuid PRIMARY KEY,
	login text NOT NULL UNIQUE CHECK (login ~ '^[a-z][a-z0-9._-]{0,62}$'),
	name text NOT NULL CHECK (length(name) BETWEEN 1 AND 100),
	title text NOT NULL DEFAULT '',     -- chức vụ
	organ uuid NOT NULL REFERENCES organ,
	unit uuid REFERENCES unit,
	roles text[] NOT NULL DEFAULT '{}'
		CHECK (roles <@ ARRAY['leader', 'clerk', 'specialist', 'archivist', 'admin']),
	password text,                      -- argon2id encoded string; NULL: cannot sign in by password
	os_uid bigint UNIQUE,               -- peer credentials on the Unix socket
	cert_sha256 text UNIQUE,            -- TLS client certificate
	key_id text,                        -- key at the signer
	failures integer NOT NULL DEFAULT 0,
	locked_until timestamptz,
	disabled boolean NOT NULL DEFAULT false,
	created_at timestamptz NOT NULL DEFAULT now()
);

-- Sessions and API tokens: only the SHA-256 of the secret is kept.
CREATE TABLE session (
	token_sha256 bytea PRIMARY KEY CHECK (length(token_sha256) = 32),
	id uuid NOT NULL UNIQUE,
	account uuid NOT NULL REFERENCES account,
	kind text NOT NULL CHECK (kind IN ('session', 'token')),
	name text NOT NULL DEFAULT '',
	created_at timestamptz NOT NULL DEFAULT now(),
	last_used timestamptz NOT NULL DEFAULT now(),
	expires_at timestamptz NOT NULL,
	revoked_at timestamptz
);
CREATE INDEX session_account ON session (account) WHERE revoked_at IS NULL;

-- What a request with an Idempotency-Key was answered: written in the transaction that did the work.
CREATE TABLE idempotency (
	account uuid NOT NULL REFERENCES account,
	key text NOT NULL CHECK (length(key) BETWEEN 1 AND 200),
	request_sha256 bytea NOT NULL,      -- of method, path and body: another request under the same key is refused
	code integer NOT NULL,
	answer jsonb,
	at timestamptz NOT NULL DEFAULT now(),
	PRIMARY KEY (account, key)
);
CREATE INDEX idempotency_at ON idempotency (at);
