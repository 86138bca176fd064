-- What the worker found odd about a file when it came (codes of the catalogue): its name promises another kind, it has macros.
ALTER TABLE version ADD COLUMN findings jsonb NOT NULL DEFAULT '[]' CHECK (jsonb_typeof(findings) = 'array');
