-- A document signed together with its attachments: their signings have the main file's id in `whole`, and only all of them can be approved.
ALTER TABLE signing
	ADD whole uuid REFERENCES signing,
	ADD whole_count integer CHECK (whole_count >= 1),
	ADD CHECK ((whole IS NULL) = (whole_count IS NULL));
