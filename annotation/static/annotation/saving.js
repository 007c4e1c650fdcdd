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
    if (/^(turn|edit|dismiss)-/.test(name) || TYPED.has(name)) fields[name] = value;
  }
  return fields;
}
const TYPED = new Set(["comment", "label", "verdict", "first_acceptable", "second_acceptable"]);

/** Keeps one form's typed text in this browser and on the server. */
export class Keeper {
  constructor(form, say) {
    this.form = form;
    this.say = say;
    this.key = `bllossom-typed-${form.dataset.person}-${form.dataset.item}`;
    this.timer = 0;
    this.saving = Promise.resolve();
    this.stopped = false;
    this.last = JSON.stringify(typedFields(form));
  }

  /** Called at every change. */
  changed() {
    const now = JSON.stringify(typedFields(this.form));
    if (now === this.last || this.stopped) return;
    this.last = now;
    this.remember(now);
    this.say(gettext("Typing…"));
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.save(), SAVE_AFTER_MS);
  }

  remember(fields) {
    try {
      const basis = this.form.elements.seen_basis.value;
      localStorage.setItem(this.key, JSON.stringify({ basis, fields: JSON.parse(fields), at: Date.now() }));
    } catch {
      // A full or forbidden storage: the server still has it.
    }
  }

  /** What this browser has and the server may not. */
  remembered() {
    try {
      return JSON.parse(localStorage.getItem(this.key));
    } catch {
      return null;
    }
  }

  forget() {
    localStorage.removeItem(this.key);
  }

  stop() {
    this.stopped = true;
    clearTimeout(this.timer);
    return this.saving;
  }

  save() {
    this.saving = this.saving.then(() => this.saveNow());
    return this.saving;
  }

  async saveNow() {
    if (this.stopped) return;
    const sent = this.last;
    const result = await send(this.form.dataset.typed, new FormData(this.form));
    if (result && result.status === 200) {
      this.form.elements.typed_version.value = result.data.version;
      if (this.last === sent) this.forget();
      this.say(interpolate(gettext("Saved at %s"), [result.data.saved_at]), "saved");
    } else if (result && result.status === 409) {
      this.say(result.data.message, "conflict");
      this.form.dispatchEvent(new CustomEvent("older", { detail: result.data }));
    } else if (result && (result.status === 401 || result.status === 403)) {
      this.say(gettext("You are signed out. What you typed is kept in this browser."), "signed-out");
      this.form.dispatchEvent(new CustomEvent("signed-out"));
    } else {
      this.say(gettext("Not saved on the server yet; kept in this browser."), "offline");
      clearTimeout(this.timer);
      this.timer = setTimeout(() => this.save(), RETRY_MS);
    }
  }
}

/** Answers that could not be sent yet, each with the key that makes it one answer. */
export class Outbox {
  constructor(person, show) {
    this.name = `bllossom-outbox-${person}`;
    this.show = show;
    this.busy = false;
    addEventListener("online", () => this.flush());
    setInterval(() => this.flush(), RETRY_MS);
  }

  list() {
    try {
      return JSON.parse(localStorage.getItem(this.name)) || [];
    } catch {
      return [];
    }
  }

  write(entries) {
    localStorage.setItem(this.name, JSON.stringify(entries));
    this.show(entries);
  }

  add(url, fields) {
    const key = fields.find(([name]) => name === "key")[1];
    const others = this.list().filter((entry) => entry.key !== key);
    this.write([...others, { key, url, fields, at: Date.now() }]);
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
        if (result.status === 401 || result.status === 403) {
          this.show(this.list(), true);
          return;
        }
        if (result.status === 200) this.remove(entry.key);
        else this.refuse(entry, result.data.message || (result.data.problems || []).join(" "));
      }
    } finally {
      this.busy = false;
    }
  }

  refuse(entry, why) {
    this.write(this.list().map((one) => (one.key === entry.key ? { ...one, refused: why || "?" } : one)));
  }
}
