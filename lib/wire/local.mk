# sources of lib/wire
