# The command line.
bin_PROGRAMS += cli/congvan
cli_congvan_CFLAGS = $(AM_CFLAGS) $(CURL_CFLAGS) $(JANSSON_CFLAGS) $(CRYPTO_CFLAGS)
cli_congvan_SOURCES = \
	cli/account.c cli/account.h \
	cli/args.c cli/args.h \
	cli/asic.c \
	cli/call.c cli/cli.h \
	cli/client.c cli/client.h \
	cli/csc.c cli/csc.h \
	cli/document.c \
	cli/main.c \
	cli/office.c \
	cli/offline.c cli/offline.h \
	cli/passport.c cli/passport.h \
	cli/session.c cli/session.h \
	cli/sign.c \
	cli/sign_key.c cli/sign_key.h \
	cli/sign_local.c cli/sign_local.h \
	cli/sign_own.c cli/sign_own.h \
	cli/sign_shown.c cli/sign_shown.h \
	cli/state.c cli/state.h \
	cli/tables.c cli/tables.h \
	cli/carry.c cli/transfer.c cli/transfer.h \
	cli/view.c cli/view.h
cli_congvan_LDADD = lib/seal/libseal.a $(TOKEN_LIBS) lib/pki/libpki.a lib/doc/libdoc.a $(WIRE_LIBS) $(DOC_LIBS) $(CURL_LIBS)

# Completion for the three shells, written by the program from its own tables of commands.
bashcompletiondir = $(datadir)/bash-completion/completions
fishcompletiondir = $(datadir)/fish/vendor_completions.d
zshcompletiondir = $(datadir)/zsh/site-functions
bashcompletion_DATA = cli/completion/congvan
fishcompletion_DATA = cli/completion/congvan.fish
zshcompletion_DATA = cli/completion/_congvan
CLEANFILES += $(bashcompletion_DATA) $(fishcompletion_DATA) $(zshcompletion_DATA)
WRITE_COMPLETION = $(MKDIR_P) cli/completion && cli/congvan$(EXEEXT) completion
cli/completion/congvan: cli/congvan$(EXEEXT)
	$(AM_V_GEN)$(WRITE_COMPLETION) bash >$@.new && mv $@.new $@
cli/completion/congvan.fish: cli/congvan$(EXEEXT)
	$(AM_V_GEN)$(WRITE_COMPLETION) fish >$@.new && mv $@.new $@
cli/completion/_congvan: cli/congvan$(EXEEXT)
	$(AM_V_GEN)$(WRITE_COMPLETION) zsh >$@.new && mv $@.new $@
