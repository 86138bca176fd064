-- A tsvector holds at most 1 MiB of words (PostgreSQL 15, 12.9 Limits). A document with many long files must still move: the words of its
-- files are taken, main file first, as long as all of them fit; those of the metadata always.
CREATE OR REPLACE FUNCTION document_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	IF TG_OP = 'UPDATE' AND (NEW.id <> OLD.id OR NEW.direction <> OLD.direction OR NEW.organ <> OLD.organ
		OR NEW.created_at <> OLD.created_at OR NEW.revision NOT IN (OLD.revision, OLD.revision + 1)
		OR (NEW.state <> OLD.state AND NEW.revision = OLD.revision)) THEN
		RAISE EXCEPTION 'a document moves one revision at a time' USING ERRCODE = 'P0001';
	END IF;
	NEW.search := strip(to_tsvector('simple', NEW.words));
	IF TG_OP = 'UPDATE' THEN
		NEW.search := NEW.search || (SELECT tsvector_sum(x.search) FROM (
			SELECT t.search, sum(octet_length(t.search::text)) OVER (ORDER BY v.part DESC, v.part_number) AS total FROM (
				SELECT DISTINCT ON (part, part_number) part, part_number, sha256 FROM version
				WHERE document = NEW.id AND part IN ('main', 'attachment') ORDER BY part, part_number, ordinal DESC) v
			JOIN derived_text t USING (sha256)) x WHERE x.total < 900000);
	END IF;
	RETURN NEW;
END $$;
