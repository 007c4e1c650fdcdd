// Texts outside the form of an answer (notes, reasons, guidelines) stay in this browser until the
// server has said that it took them.

const name = (what) => `bllossom-kept-${document.body.dataset.person}-${what}`;

for (const said of document.querySelectorAll(".messages li")) {
  for (const tag of said.classList) if (tag.startsWith("taken-")) localStorage.removeItem(name(tag.slice("taken-".length)));
}
for (const field of document.querySelectorAll("[data-keep]")) {
  const kept = localStorage.getItem(name(field.dataset.keep));
  if (kept && kept !== field.value) {
    field.value = kept;
    field.closest("details")?.setAttribute("open", "");
  }
  field.addEventListener("input", () => {
    try {
      localStorage.setItem(name(field.dataset.keep), field.value);
    } catch {
      // A full or forbidden storage: what is sent is kept by the server all the same.
    }
  });
}
