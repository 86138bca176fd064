# sources of worker
