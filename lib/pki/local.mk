# sources of lib/pki
