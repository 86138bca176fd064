-- The forms a signature can be given besides a PDF and a detached CMS: a CMS with the document inside, and the containers of EN 319 162-1.
ALTER TABLE signing DROP CONSTRAINT signing_container_check;
ALTER TABLE signing ADD CONSTRAINT signing_container_check CHECK (container IN ('pdf', 'cms', 'cms-attached', 'asic-e', 'asic-s'));
