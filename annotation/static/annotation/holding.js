// An item is held for longer while somebody works on it, and the time of that work is counted.

import { send } from "./saving.js";

const BEAT_MS = 60000;
const IDLE_MS = 120000;
const AWAY_MS = 5 * BEAT_MS;

const form = document.getElementById("answer");
const lease = document.getElementById("lease");
let lastMove = Date.now();
let working = 0;

for (const name of ["keydown", "pointerdown", "input"]) addEventListener(name, () => (lastMove = Date.now()));
setInterval(() => {
  if (Date.now() - lastMove < IDLE_MS && !document.hidden) working += 1;
  form.elements.seconds.value = working;
}, 1000);

async function beat() {
  if (!lease.dataset.held || document.hidden || Date.now() - lastMove > AWAY_MS) return;
  const body = new FormData();
  body.set("csrfmiddlewaretoken", form.elements.csrfmiddlewaretoken.value);
  const result = await send(form.dataset.hold, body);
  if (!result || result.status !== 200) return;
  lease.textContent = result.data.held
    ? interpolate(gettext("You hold this item until %s."), [result.data.until])
    : interpolate(gettext("Somebody else holds it now: %s"), [result.data.holders.join(", ")]);
}
if ("autosave" in form.dataset) setInterval(beat, BEAT_MS);
