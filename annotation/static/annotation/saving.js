// What is typed is kept: on the server within two seconds, and in this browser until the server has
// it. A request that cannot get through waits in the browser and is sent again with the same key.

const SAVE_AFTER_MS = 1200;
const RETRY_MS = 5000;
const REQUEST_MS = 15000;

/** Sends a form's fields; gives the answer's status and data, or null where nothing came back. */
export async function send(url, body) {
  const stop = new AbortController();
  const timer = setTimeout(() => stop.abort(), REQUEST_MS);
  try {
    const response = await fetch(url, {
      method: "POST",
      body,
      credentials: "same-origin",
      headers: { "X-Requested-With": "fetch" },
      signal: stop.signal,
    });
    const isJson = (response.headers.get("Content-Type") || "").includes("json");
    return { status: response.status, data: isJson ? await response.json() : {} };
  } catch {
    return null;
  } finally {
    clearTimeout(timer);
  }
}

/** The fields that a person fills in, without those of the page itself. */
export function typedFields(form) {
  const fields = {};
  for (const [name, value] of new FormData(form)) {
    if (/^(turn|own|edit|dismiss)-/.test(name) || TYPED.has(name)) fields[name] = value;
  }
  return fields;
}
const TYPED = new Set(["comment", "label", "verdict", "a_acceptable", "b_acceptable"]);

/** A key that no other request has; made here, because a window may send more than one answer. */
export function newKey() {
  return [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** Whether the server asks to sign in; other refusals are of the request itself. */
export function signedOut(result) {
  return result.status === 401 || (result.status === 403 && result.data.error === "sign_in");
}

/** This window, the same after a reload and another one in another tab. */
function windowKey() {
  try {
    const there = sessionStorage.getItem("bllossom-window") || newKey();
    sessionStorage.setItem("bllossom-window", there);
    return there;
  } catch {
    return newKey();
  }
}

function read(name) {
  try {
    return JSON.parse(localStorage.getItem(name));
  } catch {
    return null;
  }
}

/** Whether it could be kept: a storage may be full or forbidden. */
function write(name, value) {
  try {
    localStorage.setItem(name, JSON.stringify(value));
    return true;
  } catch {
    return false;
  }
}

/** Keeps one form's typed text in this browser and on the server. */
export class Keeper {
  constructor(form, say) {
    this.form = form;
    this.say = say;
    this.name = `bllossom-typed-${form.dataset.person}-${form.dataset.item}-${form.dataset.part}`;
    this.window = windowKey();
    this.key = `${this.name}-window-${this.window}`;
    this.timer = 0;
    this.saving = Promise.resolve();
    this.stopped = false;
    this.last = this.now();
  }

  now() {
    return JSON.stringify(typedFields(this.form));
  }

  /** Called at every change. */
  changed() {
    const now = this.now();
    if (now === this.last || this.stopped) return;
    this.last = now;
    this.remember();
    this.say(gettext("Typing…"));
    this.saveSoon(SAVE_AFTER_MS);
  }

  saveSoon(milliseconds) {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.save(), milliseconds);
  }

  /** What the form has, with the saved version and the draft that it goes on from. */
  entry() {
    const { seen_basis, typed_version } = this.form.elements;
    return {
      basis: seen_basis.value,
      version: typed_version.value,
      fields: typedFields(this.form),
      at: Date.now(),
      window: this.window,
    };
  }

  remember() {
    // Where it cannot be kept here, the server still has it.
    write(this.key, this.entry());
  }

  /** What this browser has and the server may not: of this window first, then the newest. */
  remembered() {
    const names = Object.keys(localStorage).filter((name) => name.startsWith(`${this.name}-window-`));
    const mine = (entry) => (entry.window === this.window ? 1 : 0);
    return names
      .map(read)
      .filter(Boolean)
      .sort((a, b) => mine(b) - mine(a) || b.at - a.at);
  }

  forgetRemembered(entry) {
    localStorage.removeItem(`${this.name}-window-${entry.window}`);
  }

  forget() {
    localStorage.removeItem(this.key);
  }

  /** Texts that must not go over a newer one by themselves; they stay until their person decides. */
  asides() {
    return read(`${this.name}-aside`) || [];
  }

  setAside(entry) {
    const others = this.asides().filter((one) => one.window !== entry.window);
    write(`${this.name}-aside`, [...others, entry]);
  }

  forgetAside(entry) {
    const others = this.asides().filter((one) => one.window !== entry.window);
    if (others.length) write(`${this.name}-aside`, others);
    else localStorage.removeItem(`${this.name}-aside`);
  }

  stop() {
    this.stopped = true;
    clearTimeout(this.timer);
    return this.saving;
  }

  /** Goes on after `stop`, because what was sent was not taken. */
  start() {
    this.stopped = false;
    this.remember();
    this.saveSoon(SAVE_AFTER_MS);
  }

  save() {
    this.saving = this.saving.then(() => this.saveNow());
    return this.saving;
  }

  async saveNow() {
    if (this.stopped) return;
    this.last = this.now();
    const sent = this.last;
    const result = await send(this.form.dataset.typed, new FormData(this.form));
    if (result && result.status === 200 && result.data.version) {
      this.form.elements.typed_version.value = result.data.version;
      if (this.last === sent) this.forget();
      this.forgetAside(this);
      this.say(interpolate(gettext("Saved at %s"), [result.data.saved_at]), "saved");
      if (result.data.draft_changed) this.form.dispatchEvent(new CustomEvent("draft-changed"));
    } else if (result && result.status === 409) {
      this.setAside(this.entry());
      this.say(result.data.message, "conflict");
      this.form.dispatchEvent(new CustomEvent("older", { detail: result.data }));
    } else if (result && signedOut(result)) {
      this.say(gettext("You are signed out. What you typed is kept in this browser."), "signed-out");
      this.form.dispatchEvent(new CustomEvent("signed-out"));
    } else if (result && result.status < 500 && result.data.message) {
      this.say(result.data.message, "conflict");
    } else {
      this.say(gettext("Not saved on the server yet; kept in this browser."), "offline");
      this.saveSoon(RETRY_MS);
    }
  }
}

/** Answers that could not be sent yet, each with the key that makes it one answer. */
export class Outbox {
  /**
   * @param person whose answers; another person's in the same browser are theirs.
   * @param show called with what waits, and whether to sign in first.
   * @param settled called with an entry that the server took or refused.
   */
  constructor(person, show, settled) {
    this.name = `bllossom-outbox-${person}`;
    this.show = show;
    this.settled = settled;
    this.busy = false;
    addEventListener("online", () => this.flush());
    setInterval(() => this.flush(), RETRY_MS);
  }

  list() {
    return read(this.name) || [];
  }

  write(entries) {
    const kept = write(this.name, entries);
    this.show(this.list());
    return kept;
  }

  /** Whether it could be kept. */
  add(entry) {
    const others = this.list().filter((one) => one.key !== entry.key);
    return this.write([...others, { ...entry, at: Date.now() }]);
  }

  remove(key) {
    this.write(this.list().filter((entry) => entry.key !== key));
  }

  /** Sends what waits, the oldest first; what the server refuses stays to be looked at. */
  async flush() {
    if (this.busy || !navigator.onLine) return;
    this.busy = true;
    try {
      for (const entry of this.list().filter((one) => !one.refused)) {
        const body = new FormData();
        for (const [name, value] of entry.fields) body.append(name, value);
        const token = document.querySelector("[name=csrfmiddlewaretoken]");
        if (token) body.set("csrfmiddlewaretoken", token.value);
        const result = await send(entry.url, body);
        if (!result || result.status >= 500) return;
        if (signedOut(result)) {
          this.show(this.list(), true);
          return;
        }
        if (result.status === 200 && !result.data.answer) return;
        this.answered(entry, result);
      }
    } finally {
      this.busy = false;
    }
  }

  answered(entry, result) {
    // Its person may have taken it back while it was under way.
    if (!this.list().some((one) => one.key === entry.key)) return;
    if (result.status === 200) {
      this.remove(entry.key);
      this.settled(entry);
      return;
    }
    const refused = result.data.message || (result.data.problems || []).join(" ") || "?";
    this.write(this.list().map((one) => (one.key === entry.key ? { ...one, refused } : one)));
    this.settled({ ...entry, refused });
  }
}
