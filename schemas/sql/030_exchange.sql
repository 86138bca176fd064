-- Exchange with other offices (QCVN 102:2016, Amendment 1:2022; life cycle of Decision 28/2018).

CREATE TABLE packet (
	id uuid PRIMARY KEY,
	way text NOT NULL CHECK (way IN ('in', 'out')),
	transport text NOT NULL,                   -- folder, http, api, carried
	source text NOT NULL DEFAULT '',           -- file name or peer as the transport knows it
	sha256 bytea NOT NULL REFERENCES content,
	size bigint NOT NULL,
	state text NOT NULL CHECK (state IN ('accepted', 'refused')),
	kind text NOT NULL DEFAULT '',             -- document, status, '' when unreadable
	findings jsonb NOT NULL DEFAULT '[]',
	body jsonb,                                -- edxml_json, when it could be read
	document uuid REFERENCES document,
	at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX packet_sha256 ON packet (sha256);
CREATE INDEX packet_at ON packet (at DESC, id DESC);
CREATE TRIGGER packet_fixed BEFORE UPDATE OR DELETE ON packet FOR EACH ROW EXECUTE FUNCTION refuse_change();

-- What is to be sent. One row per (document, receiver, what): a retry never makes a second message.
CREATE TABLE outbox (
	id uuid PRIMARY KEY,
	document uuid NOT NULL REFERENCES document,
	receiver uuid REFERENCES organ,            -- NULL: receiver not in the directory (kept and shown)
	receiver_code text NOT NULL,
	kind text NOT NULL CHECK (kind IN ('document', 'status')),
	business smallint NOT NULL DEFAULT 0,      -- 0 new, 1 recall, 2 update, 3 replace
	status_code text NOT NULL DEFAULT '',      -- 01 … 16 for kind status
	occasion integer NOT NULL DEFAULT 1,       -- how many-th time this may rightly be said (05 repeated after reopening)
	description text NOT NULL DEFAULT '',
	body jsonb NOT NULL DEFAULT '{}',          -- edxml_json of the packet to write, fixed when queued
	state text NOT NULL DEFAULT 'queued' CHECK (state IN ('queued', 'sent', 'failed', 'cancelled')),
	packet bytea REFERENCES content,           -- once written: the bytes are built once
	attempts integer NOT NULL DEFAULT 0,
	next_try timestamptz NOT NULL DEFAULT now(),
	last_error text NOT NULL DEFAULT '',
	queued_at timestamptz NOT NULL DEFAULT now(),
	sent_at timestamptz,
	UNIQUE (document, receiver_code, kind, business, status_code, occasion)
);
CREATE INDEX outbox_due ON outbox (next_try) WHERE state = 'queued';

-- Status of an exchanged document as told by or to the other side; the newest row is current.
CREATE TABLE exchange_status (
	id uuid PRIMARY KEY,
	document uuid NOT NULL REFERENCES document,
	way text NOT NULL CHECK (way IN ('told', 'heard')),
	organ_code text NOT NULL,
	code text NOT NULL CHECK (code IN ('01', '02', '03', '04', '05', '06', '13', '15', '16')),
	description text NOT NULL DEFAULT '',
	staff jsonb,
	said_at timestamptz,
	at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX exchange_status_document ON exchange_status (document, at);
-- Take-backs and their answers, for the inbox.
CREATE INDEX exchange_status_take_back ON exchange_status (document, at DESC, id DESC)
	WHERE (way = 'heard' AND code = '13') OR (way = 'told' AND code IN ('15', '16'));
CREATE TRIGGER exchange_status_fixed BEFORE UPDATE OR DELETE ON exchange_status
	FOR EACH ROW EXECUTE FUNCTION refuse_change();
