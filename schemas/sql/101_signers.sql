-- Several leaders sign one document: `leader` is asked now, the others after him in this order, or all at once.
ALTER TABLE document
	ADD cosigners jsonb NOT NULL DEFAULT '[]' CHECK (jsonb_typeof(cosigners) = 'array' AND jsonb_array_length(cosigners) <= 10), -- ids of accounts who have not signed
	ADD parallel boolean NOT NULL DEFAULT false;
CREATE INDEX document_cosigners ON document USING gin (cosigners) WHERE parallel;
