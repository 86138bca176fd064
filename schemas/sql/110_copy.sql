-- Certified copies (bản sao, Decree 30/2020 articles 25 to 27) and the stamped copy of an incoming document (dấu "ĐẾN", appendix IV): files of their own beside the
-- document, made from its bytes by an incremental update; never sent with it.
ALTER TABLE version DROP CONSTRAINT version_part_check;
ALTER TABLE version ADD CONSTRAINT version_part_check CHECK (part IN ('main', 'attachment', 'packet', 'signature', 'copy', 'arrival'));
ALTER TABLE signing DROP CONSTRAINT signing_role_check;
ALTER TABLE signing ADD CONSTRAINT signing_role_check CHECK (role IN ('leader', 'office', 'attachment', 'copy', 'arrival', 'invisible'));
-- What is signed instead of the version: the uploaded extract of a trích sao.
ALTER TABLE signing ADD extract bytea REFERENCES content;
CREATE INDEX signing_extract ON signing (extract) WHERE extract IS NOT NULL;
