-- A number is struck through only where nobody works by it: of what came, before its direction or after its sender took it back or recalled it; of what is ours, with the
-- document (move void), which then is not sent. What was dispatched or issued keeps its number: it is recalled or replaced (Decree 30/2020 art. 18; App. VI). The row lock makes
-- a move of the document wait for this, or this for the move.
CREATE FUNCTION register_entry_void() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	PERFORM 1 FROM document d WHERE d.id = NEW.document
		AND (d.state = 'voided' OR (d.direction = 'incoming' AND d.state IN ('registered', 'withdrawn', 'recalled'))) FOR SHARE;
	IF NOT FOUND THEN
		RAISE EXCEPTION 'the number of a document in this state is not voided' USING ERRCODE = 'check_violation', CONSTRAINT = 'register_entry_state';
	END IF;
	RETURN NEW;
END $$;
CREATE TRIGGER register_entry_void BEFORE UPDATE OF voided_at ON register_entry
	FOR EACH ROW WHEN (OLD.voided_at IS NULL AND NEW.voided_at IS NOT NULL) EXECUTE FUNCTION register_entry_void();
