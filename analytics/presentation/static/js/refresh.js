"use strict";
// Looks again every so many seconds where a page waits for the first visitor.

(() => {
  const every = Number(document.body.dataset.refreshS);
  if (every) setTimeout(() => location.reload(), every * 1000);
})();
