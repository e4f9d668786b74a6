"use strict";
// The cashier's screen: a card for each arrival, kept as the stream of the store says, gone when it expires.

(() => {
  const cards = document.querySelector("#arrivals");
  if (!cards) return;

  const SILENT_MS = 25_000; // the server says something every ten seconds
  const ASLEEP_MS = 12_000;
  const RECONNECT_MS = 3_000;
  const WITHDRAWN_SHOWN_MS = 8_000;
  const LEAVING_MS = 600;

  const words = JSON.parse(document.querySelector("#cashier-words").textContent);
  const nobody = document.querySelector("#nobody-arrived");
  const connection = document.querySelector("#connection");
  const lost = document.querySelector("#lost");
  const told = document.querySelector("#told");
  const sound = document.querySelector("#sound");
  const store = cards.dataset.store;
  const language = document.documentElement.lang || "en";
  const time = new Intl.DateTimeFormat(language, { hour: "2-digit", minute: "2-digit", hourCycle: "h23", timeZone: cards.dataset.zone });
  const day = new Intl.DateTimeFormat(language, { weekday: "long", day: "numeric", month: "long", timeZone: cards.dataset.zone });
  const ago = new Intl.RelativeTimeFormat(language, { numeric: "auto" });

  const shown = new Map();
  let source = null;
  let last = 0;
  let heard = Date.now();
  let lostSince = null;
  let clockIsOff = 0; // what the server's clock shows, less what this one does

  const now = () => Date.now() + clockIsOff;

  function connect() {
    source?.close();
    const opened = source = new EventSource(`/stores/${encodeURIComponent(store)}/arrivals/events?after=${last}`);
    opened.onerror = () => {
      if (opened !== source) return;
      disconnected();
      if (opened.readyState === EventSource.CLOSED) refused();
    };
    opened.addEventListener("clock", (event) => {
      clockIsOff = Date.parse(JSON.parse(event.data).now) - Date.now();
      alive();
    });
    opened.addEventListener("arrival", (event) => {
      alive();
      last = Number(event.lastEventId);
      take(JSON.parse(event.data));
    });
  }

  function alive() {
    heard = Date.now();
    lostSince = null;
    lost.hidden = true;
    say(connection, words.connected);
    connection.className = "state good";
  }

  function disconnected() {
    lostSince ??= heard;
    say(lost.querySelector("strong"), words.not_connected_since.replace("{time}", time.format(lostSince + clockIsOff)));
    lost.hidden = false;
    say(connection, words.not_connected);
    connection.className = "state bad";
  }

  // The server answered and did not let us follow, or there is none: ask whether somebody has to log in again.
  async function refused() {
    setTimeout(() => { if (source.readyState === EventSource.CLOSED) connect(); }, RECONNECT_MS);
    try {
      const answer = await fetch(location.href, { headers: { accept: "text/html" } });
      if (answer.redirected || answer.status === 401 || answer.status === 403) location.reload();
    } catch {
      // no server: connecting goes on
    }
  }

  function take(arrival) {
    const before = shown.get(arrival.arrival_id);
    const card = before?.card ?? newCard(arrival.arrival_id);
    const until = arrival.status === "withdrawn" && before
      ? Math.min(Date.parse(arrival.expires_at), now() + WITHDRAWN_SHOWN_MS)
      : Date.parse(arrival.expires_at);
    if (arrival.status === "withdrawn" && !before) return; // nobody was told of it here
    if (until <= now()) return;
    shown.set(arrival.arrival_id, { arrival, card, until });
    fill(card, arrival);
    if (!before) place(card, arrival);
    const news = !before || before.arrival.member !== arrival.member || before.arrival.status !== arrival.status;
    if (news && !arrival.greeted_by) announce(arrival, !before || before.arrival.member !== arrival.member);
    nobody.hidden = true;
  }

  function newCard(id) {
    const card = document.querySelector("#arrival-card").content.firstElementChild.cloneNode(true);
    card.dataset.arrival = id;
    card.querySelector("button").addEventListener("click", () => greet(id));
    return card;
  }

  function fill(card, arrival) {
    card.className = `arrival ${arrival.status}${arrival.greeted_by ? " greeted" : ""}`;
    say(card.querySelector(".member"), arrival.member);
    say(card.querySelector(".word"), arrival.greeted_by ? words.greeted : words[arrival.status]);
    say(card.querySelector(".last"), arrival.status === "withdrawn" ? "" : lastVisit(arrival.last_visit_at));
    const tags = card.querySelector(".tags");
    if (tags.dataset.shown !== JSON.stringify(arrival.tags)) {
      tags.dataset.shown = JSON.stringify(arrival.tags);
      tags.replaceChildren(...arrival.tags.map((tag) => Object.assign(document.createElement("li"), { textContent: tag })));
      tags.hidden = arrival.tags.length === 0;
    }
    if (arrival.status === "withdrawn") tags.hidden = true;
    const button = card.querySelector("button");
    button.hidden = Boolean(arrival.greeted_by) || arrival.status === "withdrawn";
    button.setAttribute("aria-label", `${words.greet}: ${arrival.member}`);
    say(card.querySelector(".by"), arrival.greeted_by ? words.greeted_by.replace("{who}", arrival.greeted_by) : "");
    age(card, arrival);
  }

  function place(card, arrival) {
    const later = [...cards.children].find((one) => {
      const other = shown.get(one.dataset.arrival);
      return other && Date.parse(other.arrival.seen_at) <= Date.parse(arrival.seen_at);
    });
    cards.insertBefore(card, later ?? null);
  }

  function age(card, arrival) {
    const seconds = Math.max(0, Math.round((now() - Date.parse(arrival.seen_at)) / 1000));
    say(card.querySelector("time"), seconds < 60 ? ago.format(-seconds, "second") : ago.format(-Math.round(seconds / 60), "minute"));
  }

  function lastVisit(at) {
    if (!at) return words.first_visit;
    const days = Math.round((midnight(now()) - midnight(Date.parse(at))) / 86_400_000);
    const near = days < 60 ? ago.format(-days, "day") : ago.format(-Math.round(days / 30), "month");
    return words.last_visit.replace("{day}", day.format(Date.parse(at))).replace("{ago}", near);
  }

  // The calendar day of a moment where the store is, as a number that can be subtracted.
  function midnight(moment) {
    const parts = new Intl.DateTimeFormat("en-CA", { timeZone: cards.dataset.zone }).format(moment);
    return Date.parse(`${parts}T00:00:00Z`);
  }

  function announce(arrival, somebodyNew) {
    say(told, `${arrival.member}: ${words[arrival.status]}${somebodyNew ? `, ${[...arrival.tags, lastVisit(arrival.last_visit_at)].join(", ")}` : ""}`);
    if (somebodyNew && arrival.status !== "withdrawn") chime();
  }

  async function greet(id) {
    const button = shown.get(id).card.querySelector("button");
    button.disabled = true;
    try {
      const answer = await fetch(`/stores/${encodeURIComponent(store)}/arrivals/${id}/greeted`, {
        method: "POST",
        headers: cards.dataset.formToken ? { "x-form-token": cards.dataset.formToken } : {},
      });
      if (answer.redirected || answer.status === 401) location.reload();
      if (!answer.ok) throw new Error(String(answer.status));
    } catch {
      say(shown.get(id)?.card.querySelector(".by") ?? told, words.not_kept);
    }
    button.disabled = false;
  }

  function leave(id) {
    const { card } = shown.get(id);
    shown.delete(id);
    card.classList.add("leaving");
    if (card.contains(document.activeElement)) cards.focus();
    setTimeout(() => {
      card.remove();
      nobody.hidden = cards.children.length > 0;
    }, LEAVING_MS);
  }

  function say(element, text) {
    if (element.textContent !== text) element.textContent = text;
  }

  setInterval(() => {
    for (const [id, { arrival, card, until }] of shown) {
      if (until <= now()) leave(id);
      else age(card, arrival);
    }
    if (Date.now() - heard > SILENT_MS) {
      disconnected();
      heard = Date.now(); // tried again after as long a silence
      connect();
    }
  }, 1_000);

  // A tablet that slept, or lost its network, has a connection that only looks like one.
  function wake() {
    if (!document.hidden && Date.now() - heard > ASLEEP_MS) connect();
  }
  document.addEventListener("visibilitychange", wake);
  addEventListener("online", connect);
  addEventListener("offline", disconnected);
  addEventListener("pageshow", (event) => { if (event.persisted) connect(); });
  addEventListener("pagehide", () => source?.close());

  // Sound: two short tones, made here. A browser lets a page sound only after somebody touched it.
  const SOUND = "footfall-cashier-sound";
  let audio = null;

  function soundIsOn() {
    return localStorage.getItem(SOUND) === "on";
  }

  function showSound() {
    sound.setAttribute("aria-pressed", String(soundIsOn()));
    say(sound.querySelector("span"), soundIsOn() ? words.sound_on : words.sound_off);
  }

  function chime() {
    if (!soundIsOn() || audio?.state !== "running") return;
    [660, 880].forEach((pitch, index) => {
      const begins = audio.currentTime + index * 0.16;
      const tone = new OscillatorNode(audio, { frequency: pitch });
      const volume = new GainNode(audio, { gain: 0 });
      volume.gain.setValueAtTime(0, begins);
      volume.gain.linearRampToValueAtTime(0.2, begins + 0.02);
      volume.gain.exponentialRampToValueAtTime(0.001, begins + 0.3);
      tone.connect(volume).connect(audio.destination);
      tone.start(begins);
      tone.stop(begins + 0.32);
    });
  }

  async function wakeSound() {
    if (!soundIsOn()) return;
    audio ??= new AudioContext();
    if (audio.state !== "running") await audio.resume();
  }

  sound.addEventListener("click", async () => {
    localStorage.setItem(SOUND, soundIsOn() ? "off" : "on");
    showSound();
    await wakeSound();
    chime();
  });
  addEventListener("pointerdown", wakeSound);
  addEventListener("keydown", (event) => {
    wakeSound();
    if (event.key.toLowerCase() === words.greet_key && !event.ctrlKey && !event.metaKey && !event.altKey) {
      cards.querySelector("li:not(.greeted, .withdrawn) button:not([hidden])")?.click();
    }
  });

  showSound();
  connect();
})();
