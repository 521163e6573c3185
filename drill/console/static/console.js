// What no server can do: clocks go on between two of its messages, forms are emptied, the lost are told.
"use strict";

const SOON = 0.25; // the share that is left when a clock begins to warn, as on the server

function written(seconds) {
  const whole = Math.round(Math.abs(seconds));
  const sign = Math.round(seconds) < 0 ? "\u2212" : "";
  const two = (number) => String(number).padStart(2, "0");
  const [hours, minutes] = [Math.floor(whole / 3600), Math.floor((whole % 3600) / 60)];
  return sign + (hours ? `${hours}:${two(minutes)}` : two(minutes)) + `:${two(whole % 60)}`;
}

function toneOf(left, whole) {
  if (left < 0) return "bad";
  return left < SOON * whole ? "warn" : "live";
}

class DrillClock extends HTMLElement {
  static observedAttributes = ["data-seconds", "data-rate", "data-of"];

  connectedCallback() {
    this.since = performance.now();
    this.timer = setInterval(() => this.draw(), 250);
  }

  disconnectedCallback() {
    clearInterval(this.timer);
  }

  attributeChangedCallback() {
    this.since = performance.now();
  }

  draw() {
    const rate = Number(this.dataset.rate);
    if (!rate) return;
    const seconds = Number(this.dataset.seconds) + (rate * (performance.now() - this.since)) / 1000;
    const figure = this.querySelector("b");
    const text = written(seconds);
    if (figure && figure.textContent !== text) figure.textContent = text;
    if (this.dataset.of) this.burn(seconds, Number(this.dataset.of));
  }

  burn(left, whole) {
    const tone = `tone-${toneOf(left, whole)}`;
    const bar = this.closest(".card, li")?.querySelector(".burn");
    for (const each of [this, bar]) {
      if (!each || each.classList.contains(tone)) continue;
      each.classList.remove("tone-live", "tone-warn", "tone-bad");
      each.classList.add(tone);
    }
    const used = Math.min(100, Math.max(0, 100 * (1 - left / whole)));
    bar?.querySelector(".used")?.setAttribute("width", used.toFixed(2));
  }
}

customElements.define("drill-clock", DrillClock);

const at = (id) => document.getElementById(id);

function lost(is) {
  const line = at("lost");
  if (line) line.hidden = !is;
}

const sent = (event) => event.detail.ctx?.sourceElement;

function failed(status) {
  if (status === 401 || status === 403) location.reload(); // which says who may come in
  lost(true);
}

document.addEventListener("htmx:sse:after:connection", () => lost(false));
document.addEventListener("htmx:sse:error", (event) => failed(event.detail.status));
document.addEventListener("htmx:error", (event) => { if (sent(event)) lost(true); });
document.addEventListener("htmx:response:error", (event) => {
  if (sent(event) === at("main")) failed(event.detail.ctx.response.status);
});

// What was taken down leaves the form; what was refused, or not even sent, stays to be said again.
document.addEventListener("htmx:finally:request", (event) => {
  const form = sent(event)?.closest?.("form.say");
  if (!form) return;
  if (at("said")?.firstElementChild) lost(false); // somebody answered
  if (at("said")?.querySelector(".counts")) {
    form.reset();
    const fold = form.closest("details");
    if (fold) {
      fold.open = false;
      fold.querySelector("summary").focus();
    }
    setTimeout(() => at("said")?.querySelector(".counts")?.remove(), 6000);
  }
});
document.addEventListener("htmx:config:request", (event) => {
  if (event.target.closest?.("form.say")) at("said")?.replaceChildren();
});

// When the question that had the focus is gone, the next one is near.
let focused = null;
document.addEventListener("focusin", (event) => { focused = event.target; });
document.addEventListener("htmx:after:swap", () => {
  if (focused && !focused.isConnected && document.activeElement === document.body) {
    at("yours")?.focus({ preventScroll: true });
  }
});
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape") at("said")?.replaceChildren();
});
