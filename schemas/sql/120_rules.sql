-- When an archive timestamp is to be renewed is computed by the rules of trust (dated ends of algorithms): by which ones, as a digest; rows of others are looked at anew.
ALTER TABLE signing ADD COLUMN rules text NOT NULL DEFAULT '';
