// Keys of the item's page. A key that is part of composing Hangul is never a command.

/** Whether an input method is composing: then Enter ends a syllable, and sends nothing. */
export function composing(event) {
  return event.isComposing || event.keyCode === 229;
}

function writing(target) {
  return target.closest("textarea, input:not([type=radio], [type=checkbox]), select, [contenteditable]");
}

/** The letter of a key, also where the keyboard writes Hangul. */
function letterOf(event) {
  const [, letter] = /^Key([A-Z])$/.exec(event.code) || [];
  return letter && /[ㄱ-ㅎㅏ-ㅣ가-힣]/.test(event.key) ? letter.toLowerCase() : event.key;
}

/** Connects keys with what they do; `actions` by name. */
export function listen(actions) {
  document.addEventListener("keydown", (event) => {
    if (composing(event) || event.defaultPrevented) return;
    const elsewhere = writing(event.target) && !event.target.closest("#answer");
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
      // In a note, or above the list of keys, it would send something else than is meant.
      if (elsewhere || document.querySelector("dialog[open]")) return;
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
    const action = actions[letterOf(event)];
    if (action) {
      event.preventDefault();
      action();
    }
  });
}
