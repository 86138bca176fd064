# sources of signer
