# sources of docs
dist_man_MANS += docs/congvan.1
EXTRA_DIST += docs/api.md
