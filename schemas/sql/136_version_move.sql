-- Which move made a version: said by the row, not guessed from equal times. Of old rows it is certain where one move of the document alone has the version's time, which both
-- have from their transaction.
ALTER TABLE version ADD move uuid REFERENCES move;
ALTER TABLE version DISABLE TRIGGER version_fixed;
UPDATE version v SET move = m.id FROM move m WHERE m.document = v.document AND m.at = v.created_at
	AND NOT EXISTS (SELECT 1 FROM move o WHERE o.document = m.document AND o.at = m.at AND o.id <> m.id);
ALTER TABLE version ENABLE TRIGGER version_fixed;
