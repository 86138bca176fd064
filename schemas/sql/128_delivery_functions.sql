-- What an act asks of the deliveries of a document, as functions: the view in the middle of a statement is set up each time, also for the many documents that were never sent.

CREATE FUNCTION delivery_is_asked_back(document_ uuid) RETURNS boolean LANGUAGE plpgsql STABLE AS $$
BEGIN
	RETURN EXISTS (SELECT 1 FROM delivery t WHERE t.document = document_ AND t.asked_back_at IS NOT NULL AND t.asked_back_answer IS NULL);
END $$;

CREATE FUNCTION delivery_receivers(document_ uuid) RETURNS json LANGUAGE plpgsql STABLE AS $$
BEGIN
	RETURN coalesce((SELECT json_agg(t.receiver_code) FROM delivery t WHERE t.document = document_), '[]');
END $$;
