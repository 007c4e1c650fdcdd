// The page of one item. Everything works without it; with it, nothing that is typed can be lost,
// checks follow what is typed, and every action has a key.

import { listen } from "./keys.js";
import { Keeper, Outbox, send, typedFields } from "./saving.js";

const CHECK_AFTER_MS = 700;
const BEAT_MS = 60000;
const IDLE_MS = 120000;

const form = document.getElementById("answer");
const state = document.getElementById("save-state");
const lease = document.getElementById("lease");
const autosaves = "autosave" in form.dataset;
const say = (text, kind = "") => {
  state.textContent = text;
  state.dataset.kind = kind;
};

// --- what is typed -------------------------------------------------------------------------------
const keeper = new Keeper(form, say);
const texts = [...form.querySelectorAll("textarea[data-turn]")];

function fill(fields) {
  for (const [name, value] of Object.entries(fields)) {
    for (const field of form.querySelectorAll(`[name="${CSS.escape(name)}"]`)) {
      if (field.type === "radio") field.checked = field.value === value;
      else {
        if (field.matches("textarea[data-turn]") && field.value !== value) field.dataset.touched = "1";
        field.value = value;
      }
    }
  }
}

if (autosaves) {
  const kept = keeper.remembered();
  if (kept && JSON.stringify(kept.fields) !== keeper.last) {
    // The server has something else: this browser's text was typed after it could be saved.
    fill(kept.fields);
    say(gettext("What this browser kept was put back."), "restored");
    keeper.changed();
  }
  form.addEventListener("input", (event) => {
    if (event.target.matches("textarea[data-turn]")) event.target.dataset.touched = "1";
    keeper.changed();
    checkSoon();
  });
  form.addEventListener("older", (event) => offerOlder(event.detail));
  form.addEventListener("signed-out", offerSignIn);
  addEventListener("pagehide", () => {
    if (!keeper.stopped) keeper.changed();
  });
} else {
  form.addEventListener("input", checkSoon);
}

function offerOlder(newer) {
  const box = notice("older", gettext("Another window of yours has saved a newer text."));
  button(box, gettext("Use the text of the other window"), () => {
    form.elements.typed_version.value = newer.version;
    fill(newer.content);
    keeper.last = JSON.stringify(typedFields(form));
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
    const page = await fetch(location.href, { credentials: "same-origin" });
    const fresh = new DOMParser()
      .parseFromString(await page.text(), "text/html")
      .querySelector("#answer [name=csrfmiddlewaretoken]");
    if (!fresh) return;
    for (const token of document.querySelectorAll("[name=csrfmiddlewaretoken]")) token.value = fresh.value;
    box.remove();
    keeper.save();
    outbox.flush();
  });
}

function notice(name, text) {
  document.getElementById(`notice-${name}`)?.remove();
  const box = document.createElement("div");
  box.id = `notice-${name}`;
  box.className = "card notice";
  box.setAttribute("role", "alert");
  const said = document.createElement("p");
  said.textContent = text;
  box.append(said);
  form.before(box);
  return box;
}

function button(box, text, action) {
  const made = document.createElement("button");
  made.type = "button";
  made.textContent = text;
  made.addEventListener("click", action);
  box.append(made, " ");
}

// --- answers that wait to be sent ----------------------------------------------------------------
const waiting = document.getElementById("outbox");
const outbox = new Outbox(form.dataset.person, (entries, signedOut = false) => {
  if (!waiting) return;
  waiting.hidden = entries.length === 0;
  waiting.textContent = "";
  const said = document.createElement("p");
  said.textContent = interpolate(
    ngettext("%s answer waits in this browser to be sent.", "%s answers wait in this browser to be sent.", entries.length),
    [entries.length],
  );
  waiting.append(said);
  for (const entry of entries.filter((one) => one.refused)) {
    const why = document.createElement("p");
    const link = document.createElement("a");
    link.href = entry.url.replace(/answer\/$/, "");
    link.textContent = entry.refused;
    why.append(link, " ");
    waiting.append(why);
    button(waiting, gettext("Forget it"), () => outbox.remove(entry.key));
  }
  if (signedOut) offerSignIn();
});
outbox.show(outbox.list());
outbox.flush();

let submitting = false;
form.addEventListener("submit", async (event) => {
  const pressed = event.submitter;
  if (!pressed || submitting) {
    event.preventDefault();
    return;
  }
  const body = new FormData(form, pressed);
  if (!autosaves) return;
  event.preventDefault();
  submitting = true;
  await keeper.stop();
  const result = await send(form.action, body);
  submitting = false;
  if (result && result.status === 200) {
    keeper.forget();
    outbox.remove(body.get("key"));
    leave(pressed.dataset.then === "next");
  } else if (!result || result.status >= 500) {
    outbox.add(form.action, [...body].filter(([, value]) => typeof value === "string"));
    keeper.forget();
    say(gettext("Not sent yet: it waits in this browser and is sent by itself."), "offline");
  } else if (result.status === 401 || result.status === 403) {
    keeper.stopped = false;
    keeper.remember(JSON.stringify(typedFields(form)));
    offerSignIn();
  } else if (result.status === 422) {
    keeper.stopped = false;
    showProblems(result.data.problems, result.data.findings);
  } else {
    // Somebody was faster: the server shows all versions beside each other.
    keeper.stopped = false;
    pressed.dataset.plain = "1";
    postPlainly(body);
  }
});

function leave(next) {
  const follow = document.querySelector("form[data-next]");
  if (next && follow) follow.submit();
  // Not a reload: after a refused answer the page's address is that of the answer.
  else location.replace(form.action.replace(/answer\/$/, ""));
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

function showProblems(problems, findings) {
  document.getElementById("problems")?.remove();
  const box = document.createElement("div");
  box.id = "problems";
  box.className = "problems";
  box.tabIndex = -1;
  box.setAttribute("role", "alert");
  const title = document.createElement("h2");
  title.textContent = gettext("Not taken yet");
  const list = document.createElement("ul");
  const said = [...problems, ...(findings.length ? [gettext("Correct the errors, and give a reason for each warning.")] : [])];
  for (const problem of said) {
    const line = document.createElement("li");
    line.textContent = problem;
    list.append(line);
  }
  box.append(title, list);
  form.before(box);
  if (findings.length) {
    checkNow().then(() => document.querySelector("#findings input, #findings a")?.focus());
  } else box.focus();
  box.scrollIntoView({ block: "center" });
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

function showFindings(findings) {
  const list = document.getElementById("findings");
  const reasons = {};
  for (const field of list.querySelectorAll("input")) reasons[field.name] = field.value;
  const focused = document.activeElement?.name;
  list.textContent = "";
  document.getElementById("findings-none").hidden = findings.length > 0;
  for (const one of findings) list.append(finding(one, reasons[`dismiss-${one.key}`] || ""));
  if (focused?.startsWith("dismiss-")) list.querySelector(`[name="${CSS.escape(focused)}"]`)?.focus();
}

function finding(one, reason) {
  const line = document.createElement("li");
  line.className = `finding ${one.level}`;
  line.dataset.key = one.key;
  const level = document.createElement("strong");
  level.textContent = one.level === "error" ? gettext("Error") : gettext("Warning");
  const said = document.createElement("span");
  said.lang = "ko";
  said.textContent = one.message;
  line.append(level, " ");
  if (one.turn !== null) {
    const link = document.createElement("a");
    link.href = `#turn-${one.turn}`;
    link.textContent = one.turn + 1;
    link.addEventListener("click", (event) => goTo(event, one));
    line.append(link, " ");
  }
  line.append(said);
  if (one.level !== "error") {
    const label = document.createElement("label");
    label.append(gettext("Why it is right as it is"), " ");
    const field = document.createElement("input");
    field.type = "text";
    field.name = `dismiss-${one.key}`;
    field.maxLength = 1000;
    field.value = reason;
    label.append(field);
    line.append(label);
  }
  return line;
}

function goTo(event, one) {
  const area = document.getElementById(`turn-${one.turn}`);
  if (!area || one.start === null) return;
  event.preventDefault();
  area.focus();
  // Places are counted in characters; the browser counts UTF-16.
  const units = (count) => [...area.value].slice(0, count).join("").length;
  area.setSelectionRange(units(one.start), units(one.end));
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
  const own = texts.filter((area) => area.dataset.touched);
  const body = new FormData(form);
  for (const area of texts) if (!area.dataset.touched) body.delete(area.name);
  const result = await send(form.dataset.check, body);
  if (!result || result.status !== 200) return;
  for (const area of texts) {
    // Who has begun to type meanwhile keeps what they type.
    if (!area.dataset.touched) area.value = result.data.turns[Number(area.dataset.turn)].chosen;
  }
  if (own.length) {
    notice("own-text", gettext("You have changed a text by hand; choices of edits do not change it any more."));
  }
  keeper.changed();
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

// --- holding -------------------------------------------------------------------------------------
let lastMove = Date.now();
let working = 0;
for (const name of ["keydown", "pointerdown", "input"]) addEventListener(name, () => (lastMove = Date.now()));
setInterval(() => {
  if (Date.now() - lastMove < IDLE_MS && !document.hidden) working += 1;
  form.elements.seconds.value = working;
}, 1000);

async function beat() {
  if (!lease?.dataset.held || document.hidden || Date.now() - lastMove > BEAT_MS * 5) return;
  const body = new FormData();
  body.set("csrfmiddlewaretoken", form.elements.csrfmiddlewaretoken.value);
  const result = await send(form.dataset.hold, body);
  if (!result || result.status !== 200) return;
  lease.textContent = result.data.held
    ? interpolate(gettext("You hold this item until %s."), [result.data.until])
    : interpolate(gettext("Somebody else holds it now: %s"), [result.data.holders.join(", ")]);
}
if (autosaves) setInterval(beat, BEAT_MS);

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
document.documentElement.dataset.ready = "1";
