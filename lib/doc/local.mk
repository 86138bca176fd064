# sources of lib/doc
