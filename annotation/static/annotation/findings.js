// The findings of the checks and the reasons that a person gives for warnings. A reason outlives its
// warning: one more letter may bring the warning back.

const form = document.getElementById("answer");
const list = document.getElementById("findings");
const kept = document.getElementById("reasons-kept");
const reasons = new Map();

for (const field of form.querySelectorAll("[name^='dismiss-']")) reasons.set(field.name, field.value);
form.addEventListener("input", (event) => {
  if (event.target.name?.startsWith("dismiss-")) reasons.set(event.target.name, event.target.value);
});

/** Puts reasons back that were kept. */
export function restoreReasons(fields) {
  for (const [name, value] of Object.entries(fields)) {
    if (name.startsWith("dismiss-")) reasons.set(name, value);
  }
  if (kept) keepOthers();
}

/** Shows what the checks say now; lines that stay are not touched, so that typing in them goes on. */
export function showFindings(findings) {
  document.getElementById("findings-none").hidden = findings.length > 0;
  const there = new Map([...list.children].map((line) => [line.dataset.key, line]));
  const focused = document.activeElement;
  const wanted = findings.map((one) => {
    const line = there.get(one.key);
    return line && line.dataset.said === said(one) ? line : made(one);
  });
  const same = wanted.length === list.children.length && wanted.every((line, n) => line === list.children[n]);
  if (same) return;
  list.replaceChildren(...wanted);
  if (focused?.name?.startsWith("dismiss-")) list.querySelector(`[name="${CSS.escape(focused.name)}"]`)?.focus();
  keepOthers();
}

function said(one) {
  return JSON.stringify([one.level, one.message, one.turn, one.start, one.end]);
}

function keepOthers() {
  const shown = new Set([...list.querySelectorAll("input")].map((field) => field.name));
  kept.replaceChildren();
  for (const [name, value] of reasons) {
    if (shown.has(name) || !value) continue;
    const field = document.createElement("input");
    field.type = "hidden";
    field.name = name;
    field.value = value;
    kept.append(field);
  }
}

function made(one) {
  const line = document.createElement("li");
  line.className = `finding ${one.level}`;
  line.dataset.key = one.key;
  line.dataset.said = said(one);
  const level = document.createElement("strong");
  level.textContent = one.level === "error" ? gettext("Error") : gettext("Warning");
  const message = document.createElement("span");
  message.lang = "ko";
  message.textContent = one.message;
  line.append(level, " ");
  if (one.turn !== null) {
    const link = document.createElement("a");
    link.href = `#turn-${one.turn}`;
    link.textContent = one.turn + 1;
    link.addEventListener("click", (event) => goTo(event, one));
    line.append(link, " ");
  }
  line.append(message);
  if (one.level !== "error") line.append(reasonFor(one));
  return line;
}

function reasonFor(one) {
  const label = document.createElement("label");
  label.append(gettext("Why it is right as it is"), " ");
  const field = document.createElement("input");
  field.type = "text";
  field.name = `dismiss-${one.key}`;
  field.maxLength = 1000;
  field.value = reasons.get(field.name) || "";
  label.append(field);
  return label;
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
