// Notices above the form, most of which ask for a decision of the person.

const form = document.getElementById("answer");

/** A box above the form; a second one of the same name takes the place of the first. */
export function notice(name, text) {
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

/** A button in a box. */
export function button(box, text, action) {
  const made = document.createElement("button");
  made.type = "button";
  made.textContent = text;
  made.addEventListener("click", () => {
    action();
    // Whoever goes by keyboard must not start from the top of the page again.
    if (!made.isConnected && document.activeElement === document.body) document.getElementById("main").focus();
  });
  box.append(made, " ");
}

/** What somebody wrote, to be read and copied: texts and comment, without choices. */
export function written(box, fields) {
  const details = document.createElement("details");
  const summary = document.createElement("summary");
  summary.textContent = gettext("Read what you wrote");
  details.append(summary);
  for (const [name, value] of Object.entries(fields)) {
    if (!/^(turn-|comment$|verdict$)/.test(name) || !value) continue;
    const text = document.createElement("pre");
    text.lang = "ko";
    text.tabIndex = 0;
    text.textContent = value;
    details.append(text);
  }
  box.append(details);
}

/** Says why an answer was not taken, and goes to the first finding once `check` has shown them. */
export function showProblems(problems, findings, check) {
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
    check().then(() => document.querySelector("#findings input, #findings a")?.focus());
  } else box.focus();
  box.scrollIntoView({ block: "center" });
}
