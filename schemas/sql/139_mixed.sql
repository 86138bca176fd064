-- An attachment is sealed inside itself (a PDF), in a container, or by a signature beside it that was made in the same act as the document's (135_unsealed knew the first, and containers with
-- the main file). NULL: all have the office's signature (Decree 30/2020 App. I).
CREATE OR REPLACE FUNCTION attachments_unsealed(document_ uuid) RETURNS json LANGUAGE plpgsql STABLE AS $$
BEGIN
	RETURN (SELECT json_agg(json_build_object('part_number', n.part_number, 'name', n.name) ORDER BY n.part_number)
		FROM (SELECT DISTINCT ON (v.part_number) v.part_number, v.name, v.sha256 FROM version v
			WHERE v.document = document_ AND v.part = 'attachment' ORDER BY v.part_number, v.ordinal DESC) n
		WHERE NOT EXISTS (SELECT 1 FROM version s WHERE s.document = document_ AND s.part = 'attachment' AND s.part_number = n.part_number AND s.cause = 'sealed')
		AND NOT EXISTS (SELECT 1 FROM signing g JOIN version b ON b.id = g.base_version WHERE g.document = document_ AND g.move = 'seal' AND g.state = 'done'
			AND (g.plan->'objects' @> jsonb_build_array(jsonb_build_object('sha256', encode(n.sha256, 'hex')))
				OR (b.part = 'attachment' AND b.part_number = n.part_number AND b.sha256 = n.sha256))));
END $$;
