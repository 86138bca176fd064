-- Who listens to events must not go on listening after his session, his token or his account has ended, wherever that was done: every congvand looks at its listeners again.
CREATE FUNCTION tell_ended() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	PERFORM pg_notify('congvan_event', '{"ended":true}');
	RETURN NULL;
END $$;
CREATE TRIGGER session_ended AFTER UPDATE OF revoked_at ON session
	FOR EACH ROW WHEN (OLD.revoked_at IS NULL AND NEW.revoked_at IS NOT NULL) EXECUTE FUNCTION tell_ended();
CREATE TRIGGER account_ended AFTER UPDATE OF disabled, organ ON account
	FOR EACH ROW WHEN (NEW.disabled OR OLD.organ <> NEW.organ) EXECUTE FUNCTION tell_ended();
