"use strict";
// Keys for what is to be decided, as each button says; and looking again while everybody is looked at.

(() => {
  if (!document.querySelector(".identities")) return;

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.repeat) return;
    if (event.target.closest("input, select, textarea")) return;
    const wanted = document.querySelector(`[data-key="${CSS.escape(event.key.toLowerCase())}"]`);
    if (!wanted) return;
    event.preventDefault();
    wanted.click();
  });

  // One decision a press: a second click would decide the next pair unseen.
  document.addEventListener("submit", (event) => {
    const sent = event.target.dataset.sent;
    event.target.dataset.sent = "yes";
    if (sent) event.preventDefault();
  });

  const looking = document.querySelector("#looking");
  if (looking) setTimeout(() => location.reload(), 1000 * Number(looking.dataset.refresh));
})();
