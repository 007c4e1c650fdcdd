// Keys of the item's page. A key that is part of composing Hangul is never a command.

/** Whether an input method is composing: then Enter ends a syllable, and sends nothing. */
export function composing(event) {
  return event.isComposing || event.keyCode === 229;
}

function writing(target) {
  return target.closest("textarea, input:not([type=radio], [type=checkbox]), select, [contenteditable]");
}

/** Connects keys with what they do; `actions` by name. */
export function listen(actions) {
  document.addEventListener("keydown", (event) => {
    if (composing(event) || event.defaultPrevented) return;
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      actions.take();
      return;
    }
    if (event.key === "Enter" && event.target.matches("form input[type=text]")) {
      // Enter in a short field would press the first button of the form.
      event.preventDefault();
      return;
    }
    if (event.key === "Escape" && writing(event.target)) {
      event.target.blur();
      document.getElementById("main").focus();
      return;
    }
    if (writing(event.target) || event.ctrlKey || event.metaKey || event.altKey) return;
    if (document.querySelector("dialog[open]")) return;
    const action = actions[event.key];
    if (action) {
      event.preventDefault();
      action();
    }
  });
}
