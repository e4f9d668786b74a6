"use strict";
// Keeps the page of a store up to date: sightings as they come, the figures behind them.

(() => {
  const KEPT = 50;
  const REFRESH_MS = 30_000;
  const SETTLE_MS = 700;
  const RECONNECT_MS = 3_000;

  const main = document.querySelector("main");
  const list = document.querySelector("#sightings");
  if (!list) return;
  const nobody = document.querySelector("#nobody");
  const connection = document.querySelector("#connection");
  const shown = new Map();
  let last = Number(list.dataset.after);
  let pending = 0;

  // What the server sent, before charts were drawn into it: only what differs from it is replaced.
  for (const part of document.querySelectorAll("[data-live]")) shown.set(part.id, part.innerHTML);

  function say(kind, words) {
    connection.className = `state ${kind}`;
    if (connection.textContent !== words) connection.textContent = words;
  }

  function connect() {
    const source = new EventSource(`/stores/${encodeURIComponent(list.dataset.store)}/live/events?after=${last}`);
    source.onopen = () => {
      say("good", connection.dataset.connected);
      refreshSoon();
    };
    source.onerror = () => {
      if (!connection.classList.contains("bad")) {
        const clock = new Date().toLocaleTimeString(document.documentElement.lang, { hour: "2-digit", minute: "2-digit" });
        say("bad", connection.dataset.lost.replace("{time}", clock));
      }
      if (source.readyState === EventSource.CLOSED) setTimeout(connect, RECONNECT_MS);
    };
    source.addEventListener("sighting", (event) => {
      last = Number(event.lastEventId);
      take(JSON.parse(event.data));
    });
    addEventListener("pagehide", () => source.close(), { once: true });
  }

  function take(sighting) {
    if (sighting.day === main.dataset.day) {
      const made = document.createElement("template");
      made.innerHTML = sighting.html.trim();
      const line = made.content.firstElementChild;
      line.classList.add("fresh");
      const before = list.querySelector(`[data-sighting="${sighting.sighting_id}"]`);
      if (before) before.replaceWith(line);
      else list.prepend(line);
      while (list.children.length > KEPT) list.lastElementChild.remove();
      nobody.hidden = true;
      refreshSoon();
    } else if (sighting.counted && sighting.day > main.dataset.day) {
      location.reload();
    }
  }

  function refreshSoon() {
    clearTimeout(pending);
    pending = setTimeout(refresh, SETTLE_MS);
  }

  async function refresh() {
    clearTimeout(pending);
    pending = setTimeout(refresh, REFRESH_MS);
    if (document.hidden) return;
    let answer;
    try {
      answer = await fetch(location.href, { headers: { accept: "text/html" } });
    } catch {
      return; // the connection line says so already
    }
    if (!answer.ok) return;
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    if (page.querySelector("main").dataset.day !== main.dataset.day) {
      location.reload();
      return;
    }
    for (const fresh of page.querySelectorAll("[data-live]")) replace(document.getElementById(fresh.id), fresh.innerHTML);
    page.querySelectorAll("#sightings > li").forEach(correct);
  }

  // Who is who may have been put right since a line was drawn.
  function correct(fresh) {
    const line = list.querySelector(`[data-sighting="${fresh.dataset.sighting}"]`);
    if (line && line.innerHTML !== fresh.innerHTML) line.innerHTML = fresh.innerHTML;
  }

  function replace(part, html) {
    if (shown.get(part.id) === html) return;
    shown.set(part.id, html);
    const open = [...part.querySelectorAll("details")].map((folded) => folded.open);
    part.innerHTML = html;
    part.querySelectorAll("details").forEach((folded, index) => { folded.open = open[index] ?? false; });
    footfallCharts.drawAll(part);
  }

  document.addEventListener("visibilitychange", () => { if (!document.hidden) refreshSoon(); });
  connect();
})();
