# The pages, served by congvand from its data folder as they are.
webdir = $(pkgdatadir)/web
dist_web_DATA = web/api.js web/app.js web/batch.js web/check.js web/cms.js web/content.js web/document.js web/dom.js web/draft.js web/hpke.js web/icon.svg web/index.html web/levels.js web/lists.js \
	web/mandates.js web/moves.js web/outbox.js web/pages.js web/sign.js web/style.css web/text.js web/verdict.js
