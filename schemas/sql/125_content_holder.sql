-- Who brought which bytes. A request may name a content by its SHA-256 only when the person brought those bytes himself or may see a document that has
-- them: a digest is no secret (leaves, reports and passports tell it), so it must open nothing.
CREATE TABLE content_holder (
	sha256 bytea NOT NULL REFERENCES content ON DELETE CASCADE,
	account uuid NOT NULL REFERENCES account,
	PRIMARY KEY (sha256, account)
);
INSERT INTO working_right (relation, adds, changes, deletes) VALUES ('content_holder', true, '', false);
