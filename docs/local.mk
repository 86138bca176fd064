# sources of docs
dist_man_MANS += docs/congvan.1
EXTRA_DIST += COPYING docs/api.md docs/architecture.md docs/glossary.md docs/operations.md docs/passport.md docs/pdf.md docs/security.md docs/verification.md
