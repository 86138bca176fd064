# sources of lib/seal
