-- What became of a document at each of its receivers, and that the exchange hears of work at once.

-- One row per (document, receiver): how our packet went, and what the receiver says. Statuses may come out of order: the receiver's own time decides,
-- then the further step of the life cycle (Decision 28/2018).
CREATE VIEW delivery AS
SELECT b.document, b.receiver_code, b.receiver, b.id AS outbox, b.state AS sending, b.sent_at, s.code AS status, s.description, s.at AS heard_at,
	EXISTS (SELECT 1 FROM exchange_status e WHERE e.document = b.document AND e.way = 'heard' AND e.organ_code = ANY(b.codes)
		AND e.code IN ('03', '04', '05', '06')) AS accepted,
	a.at AS asked_back_at,
	(SELECT e.code FROM exchange_status e WHERE e.document = b.document AND e.way = 'heard' AND e.organ_code = ANY(b.codes)
		AND e.code IN ('15', '16') AND e.at > a.at ORDER BY e.at DESC, e.id DESC LIMIT 1) AS asked_back_answer
FROM (SELECT DISTINCT ON (o.document, o.receiver_code) o.*, array_remove(ARRAY[o.receiver_code, g.code, g.old_code, g.code102], NULL) AS codes
	FROM outbox o LEFT JOIN organ g ON g.id = o.receiver WHERE o.kind = 'document' AND o.business IN (0, 3) AND o.state <> 'cancelled'
	ORDER BY o.document, o.receiver_code, o.id DESC) b
LEFT JOIN LATERAL (SELECT e.code, e.description, e.at FROM exchange_status e WHERE e.document = b.document AND e.way = 'heard'
	AND e.organ_code = ANY(b.codes) ORDER BY coalesce(e.said_at, e.at) DESC, e.code DESC, e.id DESC LIMIT 1) s ON true
LEFT JOIN LATERAL (SELECT e.at FROM exchange_status e WHERE e.document = b.document AND e.way = 'told' AND e.code = '13'
	AND e.organ_code = ANY(b.codes) ORDER BY e.at DESC, e.id DESC LIMIT 1) a ON true;

CREATE FUNCTION outbox_told() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	PERFORM pg_notify('congvan_event', '{"outbox":true}');
	RETURN NULL;
END $$;
CREATE TRIGGER outbox_told AFTER INSERT ON outbox FOR EACH STATEMENT EXECUTE FUNCTION outbox_told();
