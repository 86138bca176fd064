-- A packet is taken once, however often and by how many ways it comes at the same moment: what came before is asked for before the packet is read, so two that are
-- read side by side are only told apart here, in the transaction that takes them. The lock makes the second wait for what becomes of the first.
CREATE FUNCTION document_once() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	PERFORM pg_advisory_xact_lock(hashtextextended('document ' || NEW.organ || ' ' || NEW.external_id, 0));
	IF EXISTS (SELECT 1 FROM document d WHERE d.direction = 'incoming' AND d.organ = NEW.organ AND d.external_id = NEW.external_id
		AND d.state <> 'rejected' AND (d.issuer_code = NEW.issuer_code OR EXISTS (SELECT 1 FROM organ o
			WHERE NEW.issuer_code IN (o.code, o.old_code, o.code102) AND d.issuer_code IN (o.code, o.old_code, o.code102)))) THEN
		RAISE EXCEPTION 'the document % has come already', NEW.external_id USING ERRCODE = 'unique_violation', CONSTRAINT = 'document_once';
	END IF;
	RETURN NEW;
END $$;
CREATE TRIGGER document_once BEFORE INSERT ON document
	FOR EACH ROW WHEN (NEW.direction = 'incoming' AND NEW.external_id <> '' AND NEW.created_by IS NULL) EXECUTE FUNCTION document_once();

CREATE FUNCTION packet_once() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	PERFORM pg_advisory_xact_lock(hashtextextended('packet ' || encode(NEW.sha256, 'hex'), 0));
	IF EXISTS (SELECT 1 FROM packet p WHERE p.way = 'in' AND p.state = 'accepted' AND p.sha256 = NEW.sha256) THEN
		RAISE EXCEPTION 'the packet has come already' USING ERRCODE = 'unique_violation', CONSTRAINT = 'packet_once';
	END IF;
	RETURN NEW;
END $$;
CREATE TRIGGER packet_once BEFORE INSERT ON packet
	FOR EACH ROW WHEN (NEW.way = 'in' AND NEW.state = 'accepted') EXECUTE FUNCTION packet_once();
