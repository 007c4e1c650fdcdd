// Answers that wait in this browser to be sent: every page sends them, and says what was refused.

import { button, written } from "./notices.js";
import { Outbox } from "./saving.js";

const box = document.getElementById("outbox");
let page = { signedOut: offerSignIn, settled: () => {}, use: () => null };

/** What the page of an item does where its own answer is sent, refused or used again. */
export function connect(given) {
  page = given;
  outbox.show(outbox.list());
}

export const outbox = new Outbox(document.body.dataset.person, show, (entry) => page.settled(entry));

function show(entries, signedOut = false) {
  box.hidden = entries.length === 0;
  box.textContent = "";
  const said = document.createElement("p");
  said.textContent = interpolate(
    ngettext("%s answer waits in this browser to be sent.", "%s answers wait in this browser to be sent.", entries.length),
    [entries.length],
  );
  box.append(said);
  for (const entry of entries.filter((one) => one.refused)) showRefused(entry);
  if (signedOut) page.signedOut();
}

function showRefused(entry) {
  const part = document.createElement("div");
  const why = document.createElement("p");
  const link = document.createElement("a");
  link.href = entry.page;
  link.textContent = entry.refused;
  why.append(link);
  part.append(why);
  written(part, Object.fromEntries(entry.fields));
  const use = page.use(entry);
  if (use) button(part, gettext("Use it"), use);
  button(part, gettext("Forget it"), () => outbox.remove(entry.key));
  box.append(part);
}

function offerSignIn() {
  const link = document.createElement("a");
  link.href = "/sign-in/";
  link.textContent = gettext("Sign in");
  box.append(link);
}

outbox.show(outbox.list());
outbox.flush();
