// The page of one item. Everything works without it; with it, nothing that is typed can be lost,
// checks follow what is typed, and every action has a key.

import { restoreReasons, showFindings } from "./findings.js";
import "./holding.js";
import { listen } from "./keys.js";
import { button, notice, showProblems, written } from "./notices.js";
import { Keeper, newKey, send, signedOut } from "./saving.js";
import { connect, outbox } from "./waiting.js";

const CHECK_AFTER_MS = 700;

const form = document.getElementById("answer");
const state = document.getElementById("save-state");
const autosaves = "autosave" in form.dataset;
const say = (text, kind = "") => {
  state.textContent = text;
  state.dataset.kind = kind;
};

// --- what is typed -------------------------------------------------------------------------------
const keeper = new Keeper(form, say);
const texts = [...form.querySelectorAll("textarea[data-turn]")];
const own = (area) => form.elements[`own-${area.dataset.turn}`];

function fill(fields) {
  for (const [name, value] of Object.entries(fields)) {
    for (const field of form.querySelectorAll(`[name="${CSS.escape(name)}"]`)) {
      if (field.type === "radio") field.checked = field.value === value;
      else field.value = value;
    }
  }
  restoreReasons(fields);
}

function restore() {
  const { seen_basis, typed_version } = form.elements;
  let filled = false;
  for (const kept of keeper.remembered()) {
    keeper.forgetRemembered(kept);
    if (JSON.stringify(kept.fields) === keeper.last) continue;
    if (!filled && autosaves && kept.basis === seen_basis.value && kept.version === typed_version.value) {
      // It was typed after the server could save it, and nothing newer has been saved.
      fill(kept.fields);
      say(gettext("What this browser kept was put back."), "restored");
      keeper.changed();
      filled = true;
    } else keeper.setAside(kept);
  }
  keeper.asides().forEach(offerAside);
}

function offerAside(entry) {
  const when = new Date(entry.at).toLocaleString(document.documentElement.lang);
  const box = notice(
    `aside-${entry.window}`,
    interpolate(gettext("This browser kept a text of %s that never came to the server; there is a newer one, or another draft, now."), [when]),
  );
  written(box, entry.fields);
  if (autosaves) {
    button(box, gettext("Use it"), () => {
      const same = entry.basis === form.elements.seen_basis.value;
      if (texts.some((area) => own(area).value) || form.elements.comment?.value) {
        const current = { ...keeper.entry(), window: newKey() };
        keeper.setAside(current);
        offerAside(current);
      }
      // Choices belong to the edits of one draft.
      fill(Object.fromEntries(Object.entries(entry.fields).filter(([name]) => same || !name.startsWith("edit-"))));
      keeper.forgetAside(entry);
      box.remove();
      keeper.changed();
      checkSoon();
    });
  }
  button(box, gettext("Forget it"), () => {
    keeper.forgetAside(entry);
    box.remove();
  });
}

form.addEventListener("input", (event) => {
  if (event.target.matches("textarea[data-turn]")) own(event.target).value = "1";
  if (autosaves) keeper.changed();
  if (!/^(dismiss-|comment)/.test(event.target.name)) checkSoon();
});
if (autosaves) {
  form.addEventListener("older", (event) => offerOlder(event.detail));
  form.addEventListener("signed-out", offerSignIn);
  form.addEventListener("draft-changed", () => {
    const box = notice("draft-changed", gettext("The draft has changed since you opened it. What you type is kept; load the page to see both."));
    button(box, gettext("Load the page"), () => location.assign(form.dataset.page));
  });
  addEventListener("pagehide", () => {
    if (!keeper.stopped) keeper.changed();
  });
}
for (const use of document.querySelectorAll("[data-use]")) {
  use.hidden = false;
  use.addEventListener("click", () => {
    const area = texts[Number(use.dataset.use)];
    if (!area) return;
    area.value = use.parentElement.querySelector("pre").textContent;
    area.dispatchEvent(new Event("input", { bubbles: true }));
    area.focus();
  });
}

function offerOlder(newer) {
  const box = notice("older", gettext("Another window of yours has saved a newer text."));
  button(box, gettext("Use the text of the other window"), () => {
    form.elements.typed_version.value = newer.version;
    fill(newer.content);
    keeper.last = keeper.now();
    keeper.forget();
    keeper.forgetAside(keeper);
    box.remove();
    checkSoon();
  });
  button(box, gettext("Keep the text of this window"), () => {
    form.elements.typed_version.value = newer.version;
    box.remove();
    keeper.save();
  });
}

function offerSignIn() {
  const box = notice("signed-out", gettext("You are signed out. Sign in in another tab, then go on here."));
  const link = document.createElement("a");
  link.href = "/sign-in/";
  link.target = "_blank";
  link.rel = "noopener";
  link.textContent = gettext("Sign in");
  box.append(link, " ");
  button(box, gettext("I have signed in"), async () => {
    // A new session has a new token, which only a page of that session knows.
    const page = await fetch(form.dataset.page, { credentials: "same-origin" }).catch(() => null);
    if (!page) return;
    const fresh = new DOMParser().parseFromString(await page.text(), "text/html").getElementById("answer");
    if (!fresh) return;
    if (fresh.dataset.person !== form.dataset.person) {
      box.querySelector("p").textContent = gettext("Somebody else is signed in in this browser. What you typed is kept: sign in as yourself to go on.");
      return;
    }
    const token = fresh.elements.csrfmiddlewaretoken.value;
    for (const field of document.querySelectorAll("[name=csrfmiddlewaretoken]")) field.value = token;
    box.remove();
    if (autosaves) keeper.save();
    outbox.flush();
  });
}

// --- answers that wait to be sent ----------------------------------------------------------------
connect({
  signedOut: offerSignIn,
  settled: (entry) => {
    if (entry.url !== form.action) return;
    if (entry.refused) unlock();
    else {
      keeper.forget();
      leave(entry.next);
    }
  },
  use: (entry) => {
    if (entry.url !== form.action || !autosaves) return null;
    return () => {
      fill(Object.fromEntries(entry.fields));
      outbox.remove(entry.key);
      keeper.changed();
      checkSoon();
    };
  },
});

/** Nothing is typed into a form whose answer is under way: it would belong to no answer. */
function lock(key) {
  form.inert = true;
  const box = notice("sending", gettext("Your answer waits in this browser and is sent by itself when the line is back."));
  button(box, gettext("Change it"), () => {
    outbox.remove(key);
    unlock();
  });
}

function unlock() {
  form.inert = false;
  document.getElementById("notice-sending")?.remove();
  form.elements.key.value = newKey();
  if (autosaves) keeper.start();
}

let submitting = false;
form.addEventListener("submit", async (event) => {
  const pressed = event.submitter;
  if (!pressed || submitting || form.inert) {
    event.preventDefault();
    return;
  }
  const body = new FormData(form, pressed);
  if (!autosaves) return;
  event.preventDefault();
  submitting = true;
  await keeper.stop();
  body.set("typed_version", form.elements.typed_version.value);
  const result = await send(form.action, body);
  submitting = false;
  const next = pressed.dataset.then === "next";
  if (result && result.status === 200 && result.data.answer) {
    keeper.forget();
    outbox.remove(body.get("key"));
    leave(next);
  } else if (!result || result.status >= 500 || result.status === 200) {
    wait(body, next);
  } else if (signedOut(result)) {
    keeper.start();
    offerSignIn();
  } else if (result.data.error === "older") {
    keeper.start();
    offerOlder(result.data);
  } else if (result.status === 422) {
    keeper.start();
    showProblems(result.data.problems, result.data.findings, checkNow);
  } else {
    // Somebody was faster: the server shows all versions beside each other.
    postPlainly(body);
  }
});

function wait(body, next) {
  const fields = [...body].filter(([, value]) => typeof value === "string");
  const entry = { key: body.get("key"), url: form.action, page: form.dataset.page, fields, next };
  if (outbox.add(entry)) {
    keeper.remember();
    lock(entry.key);
    say(gettext("Not sent yet: it waits in this browser and is sent by itself."), "offline");
  } else {
    keeper.start();
    say(gettext("Not sent, and this browser cannot keep it: leave this window open and try again."), "offline");
  }
}

function leave(next) {
  const follow = document.querySelector("form[data-next]");
  if (next && follow) follow.submit();
  // Not a reload: after a refused answer the page's address is that of the answer.
  else location.replace(form.dataset.after);
}

function postPlainly(body) {
  const plain = document.createElement("form");
  plain.method = "post";
  plain.action = form.action;
  plain.hidden = true;
  for (const [name, value] of body) {
    const field = document.createElement("textarea");
    field.name = name;
    field.value = value;
    plain.append(field);
  }
  document.body.append(plain);
  plain.submit();
}

// --- checks --------------------------------------------------------------------------------------
let checkTimer = 0;
let checkNumber = 0;

function checkSoon() {
  clearTimeout(checkTimer);
  if (form.dataset.check) checkTimer = setTimeout(checkNow, CHECK_AFTER_MS);
}

async function checkNow() {
  const mine = ++checkNumber;
  const result = await send(form.dataset.check, new FormData(form));
  if (!result || result.status !== 200 || mine !== checkNumber) return;
  showFindings(result.data.findings);
  result.data.turns.forEach((turn, number) => {
    const put = (name, html) => {
      const place = form.querySelector(`[data-${name}="${number}"]`);
      // Made and escaped by the server from what is typed.
      if (place) place.innerHTML = html;
    };
    put("difference", turn.difference);
    put("html", turn.html);
    put("terms", turn.terms);
  });
}

// --- proposed edits ------------------------------------------------------------------------------
form.addEventListener("change", (event) => {
  const card = event.target.closest("[data-edit]");
  if (card) follow();
});
form.addEventListener("input", (event) => {
  const card = event.target.closest("[data-edit]");
  if (!card || event.target.type !== "text") return;
  const change = card.querySelector("[value=change]");
  if (!change.checked) change.checked = true;
  clearTimeout(checkTimer);
  checkTimer = setTimeout(follow, CHECK_AFTER_MS);
});

/** Puts a choice into the texts, but for those that a person has written themselves. */
async function follow() {
  const mine = texts.filter((area) => own(area).value);
  const body = new FormData(form);
  for (const area of texts) if (!own(area).value) body.delete(area.name);
  const result = await send(form.dataset.check, body);
  if (!result || result.status !== 200) return;
  for (const area of texts) {
    // Who has begun to type meanwhile keeps what they type, and nothing moves under a cursor.
    if (own(area).value) continue;
    if (document.activeElement === area) area.addEventListener("blur", follow, { once: true });
    else area.value = result.data.turns[Number(area.dataset.turn)].chosen;
  }
  if (mine.length) {
    notice("own-text", gettext("You have changed a text by hand; choices of edits do not change it any more."));
  }
  if (autosaves) keeper.changed();
  checkNow();
}

let here = -1;
const cards = [...form.querySelectorAll("[data-edit]")];

function move(step) {
  if (!cards.length) return;
  cards[here]?.classList.remove("here");
  here = Math.min(Math.max(here + step, 0), cards.length - 1);
  cards[here].classList.add("here");
  cards[here].focus();
  cards[here].scrollIntoView({ block: "nearest" });
}

function choose(verdict) {
  if (here < 0) move(1);
  const choice = cards[here]?.querySelector(`[value=${verdict}]`);
  if (!choice || choice.matches(":disabled")) return;
  choice.checked = true;
  choice.dispatchEvent(new Event("change", { bubbles: true }));
  if (autosaves) keeper.changed();
  if (verdict === "change") cards[here].querySelector("input[type=text]").select();
}

// --- keys and views ------------------------------------------------------------------------------
const view = document.getElementById("view");
const setView = (raw) => {
  document.body.classList.toggle("raw-view", raw);
  view?.setAttribute("aria-pressed", String(raw));
  localStorage.setItem("bllossom-raw-view", raw ? "1" : "");
};
view?.addEventListener("click", () => setView(!document.body.classList.contains("raw-view")));
if (localStorage.getItem("bllossom-raw-view")) setView(true);

const shortcuts = document.getElementById("shortcuts");
document.querySelector("[data-opens=shortcuts]")?.addEventListener("click", () => shortcuts.showModal());
const press = (selector) => document.querySelector(selector)?.click();
const digit = (number) => () => {
  const choice = form.querySelector(`[data-digit="${number}"]`);
  if (!choice) return;
  choice.checked = true;
  choice.focus();
  choice.dispatchEvent(new Event("input", { bubbles: true }));
};

listen({
  take: () => (form.querySelector("button.primary") || form.querySelector("button[value=take]"))?.click(),
  "?": () => shortcuts.showModal(),
  j: () => move(1),
  k: () => move(-1),
  a: () => choose("accept"),
  c: () => choose("change"),
  x: () => choose("reject"),
  e: () => (cards[here]?.closest(".turn") || form).querySelector("textarea[data-turn]")?.focus(),
  v: () => view?.click(),
  g: () => {
    const guideline = document.getElementById("guideline");
    if (guideline) guideline.open = !guideline.open;
  },
  s: () => press("button[data-key=s]"),
  z: () => press("button[data-key=z]"),
  1: digit(1),
  2: digit(2),
  3: digit(3),
});
restore();
const unsent = outbox.list().find((one) => one.url === form.action && !one.refused);
if (unsent && autosaves) {
  keeper.stop();
  fill(Object.fromEntries(unsent.fields));
  lock(unsent.key);
}
document.documentElement.dataset.ready = "1";
