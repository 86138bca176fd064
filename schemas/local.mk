# sources of schemas
