-- Gateways of other offices that may hand in packets by HTTP (POST /v1/exchange/packets): each proves itself by a token of its own or a client certificate.

CREATE TABLE gateway (
	id uuid PRIMARY KEY,
	organ uuid NOT NULL REFERENCES organ,
	name text NOT NULL CHECK (length(name) BETWEEN 1 AND 100),
	token bytea UNIQUE CHECK (length(token) = 32),  -- SHA-256 of it
	cert_sha256 text UNIQUE,
	relay boolean NOT NULL DEFAULT false,           -- carries other offices' packets too (a hub); else only its own organ's
	disabled_at timestamptz,
	created_at timestamptz NOT NULL DEFAULT now(),
	CHECK ((token IS NULL) <> (cert_sha256 IS NULL))
);
