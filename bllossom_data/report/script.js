"use strict";
// The page is complete without this script: it adds sorting, filters, folding and the theme switch.

const root = document.documentElement;
root.classList.add("js");

const storedTheme = () => {
  // A page opened from a file may have no storage.
  try { return localStorage.getItem("report-theme"); } catch { return null; }
};
const askedTheme = /[#?&]theme=(light|dark)\b/.exec(location.search + location.hash);
const initialTheme = askedTheme ? askedTheme[1] : storedTheme();
if (initialTheme === "light" || initialTheme === "dark") root.dataset.theme = initialTheme;

function setUpTheme() {
  const button = document.querySelector("[data-theme-toggle]");
  const isDark = () => root.dataset.theme
    ? root.dataset.theme === "dark"
    : matchMedia("(prefers-color-scheme: dark)").matches;
  button.addEventListener("click", () => {
    root.dataset.theme = isDark() ? "light" : "dark";
    try { localStorage.setItem("report-theme", root.dataset.theme); } catch { /* no storage */ }
  });
}

function setUpSorting(table) {
  const headers = [...table.tHead.rows[0].cells];
  const body = table.tBodies[0];
  const keyOf = (row, column) => {
    const cell = row.cells[column];
    const only = document.querySelector('#rules input[value="only"]')?.checked;
    const key = (only && cell.dataset.sortOnly) ?? cell.dataset.sort ?? cell.textContent.trim();
    return key || cell.dataset.sort || cell.textContent.trim();
  };
  headers.forEach((header, column) => {
    const button = header.querySelector("button.sort");
    if (!button) return;
    button.addEventListener("click", () => {
      const first = header.classList.contains("n") ? "descending" : "ascending";
      const other = first === "ascending" ? "descending" : "ascending";
      const order = header.getAttribute("aria-sort") === first ? other : first;
      headers.forEach((each) => each.removeAttribute("aria-sort"));
      header.setAttribute("aria-sort", order);
      const sign = order === "ascending" ? 1 : -1;
      const rows = [...body.rows].map((row) => [keyOf(row, column), row]);
      const numbers = rows.every(([key]) => key !== "" && Number.isFinite(Number(key)));
      rows.sort(([a], [b]) => sign * (numbers ? a - b : a.localeCompare(b, ["ko", "en"])));
      body.append(...rows.map(([, row]) => row));
    });
  });
}

function setUpFolding(button) {
  const parts = [...button.closest("tbody").querySelectorAll("tr.part")];
  if (!parts.length) return;
  const show = (open) => {
    button.setAttribute("aria-expanded", String(open));
    parts.forEach((row) => { row.hidden = !open; });
  };
  button.addEventListener("click", () => show(button.getAttribute("aria-expanded") !== "true"));
  show(false);
}

function setUpExcerpt(excerpt, index) {
  excerpt.classList.add("clamped");
  if (excerpt.scrollHeight <= excerpt.clientHeight + 24) {
    excerpt.classList.remove("clamped");
    return;
  }
  excerpt.id ||= `excerpt-${index}`;
  const button = document.createElement("button");
  button.type = "button";
  button.className = "expand";
  button.setAttribute("aria-controls", excerpt.id);
  const show = (open) => {
    excerpt.classList.toggle("clamped", !open);
    button.setAttribute("aria-expanded", String(open));
    button.textContent = open ? "Show less" : "Show more";
  };
  button.addEventListener("click", () => show(button.getAttribute("aria-expanded") !== "true"));
  show(false);
  excerpt.after(button);
}

const CARDS_AT_ONCE = 12;

function setUpGallery(gallery) {
  const cards = [...gallery.querySelectorAll(".card")];
  const filters = [...gallery.querySelectorAll("select[data-filter]")];
  const shown = gallery.querySelector("[data-shown]");
  const more = gallery.querySelector("[data-more]");
  let limit = CARDS_AT_ONCE;
  const matches = (card) => filters.every((filter) => {
    const value = card.dataset[filter.dataset.filter];
    if (!filter.value) return true;
    return filter.dataset.filter === "reason"
      ? value.split(" ").includes(filter.value)
      : value === filter.value;
  });
  const update = () => {
    let found = 0;
    cards.forEach((card) => {
      card.hidden = !matches(card) || ++found > limit;
      if (!card.hidden && !card.dataset.measured) {
        card.dataset.measured = "yes";
        setUpExcerpt(card.querySelector(".excerpt"), `${gallery.closest("section").id}-${cards.indexOf(card)}`);
      }
    });
    shown.textContent = `${Math.min(found, limit)} of ${found} shown`;
    more.hidden = found <= limit;
  };
  filters.forEach((filter) => filter.addEventListener("change", () => {
    limit = CARDS_AT_ONCE;
    update();
  }));
  more.addEventListener("click", () => {
    limit += CARDS_AT_ONCE;
    update();
  });
  update();
}

function setUpReadout(chart) {
  const readout = chart.closest("figure").querySelector(".readout");
  const atRest = [...readout.childNodes];
  const cursor = chart.querySelector(".cursor");
  const edges = chart.dataset.edges.split(" ").map(Number);
  const counts = chart.dataset.counts.split(" ").map(Number);
  const total = counts.reduce((sum, count) => sum + count, 0) || 1;
  const scale = chart.dataset.scale === "log" ? Math.log : Number;
  const low = scale(edges[0]);
  const span = scale(edges.at(-1)) - low || 1;
  const places = edges.map((edge) => ((scale(edge) - low) / span) * 100);
  const short = (value) => value.toLocaleString("en", { maximumFractionDigits: Math.abs(value) < 100 ? 3 : 0 });
  let bin = -1;
  const show = (index) => {
    bin = Math.max(0, Math.min(counts.length - 1, index));
    cursor.setAttribute("x", `${places[bin]}%`);
    cursor.setAttribute("width", `${Math.max(places[bin + 1] - places[bin], 0.5)}%`);
    const share = ((counts[bin] / total) * 100).toFixed(1);
    readout.textContent = `${short(edges[bin])} – ${short(edges[bin + 1])}: ${counts[bin].toLocaleString("en")} (${share}%)`;
  };
  const rest = () => {
    bin = -1;
    cursor.setAttribute("width", "0");
    readout.replaceChildren(...atRest);
  };
  chart.addEventListener("pointermove", (event) => {
    const box = chart.getBoundingClientRect();
    const place = ((event.clientX - box.left) / box.width) * 100;
    show(places.findLastIndex((each) => each <= place));
  });
  chart.addEventListener("pointerleave", rest);
  chart.addEventListener("blur", rest);
  chart.addEventListener("keydown", (event) => {
    const steps = { ArrowRight: 1, ArrowLeft: -1 };
    if (event.key in steps) {
      event.preventDefault();
      show(bin + steps[event.key]);
    } else if (event.key === "Escape") {
      rest();
    }
  });
}

function setUpCopy(button) {
  button.addEventListener("click", async () => {
    const text = button.parentElement.querySelector("code").textContent;
    try {
      await navigator.clipboard.writeText(text);
      button.textContent = "Copied";
    } catch {
      getSelection().selectAllChildren(button.parentElement.querySelector("code"));
      button.textContent = "Selected";
    }
  });
}

function setUpContents() {
  const links = new Map(
    [...document.querySelectorAll(".contents a")].map((link) => [link.hash.slice(1), link]),
  );
  const observer = new IntersectionObserver((entries) => {
    entries.filter((entry) => entry.isIntersecting).forEach((entry) => {
      links.forEach((link) => link.removeAttribute("aria-current"));
      links.get(entry.target.id)?.setAttribute("aria-current", "true");
    });
  }, { rootMargin: "-15% 0px -80% 0px" });
  document.querySelectorAll("main > section").forEach((section) => observer.observe(section));
}

addEventListener("DOMContentLoaded", () => {
  setUpTheme();
  document.querySelectorAll("table").forEach((table) => {
    if (table.querySelector("button.sort")) setUpSorting(table);
  });
  document.querySelectorAll("[data-fold]").forEach(setUpFolding);
  document.querySelectorAll("[data-gallery]").forEach(setUpGallery);
  document.querySelectorAll(".cluster .excerpt").forEach((excerpt, index) => setUpExcerpt(excerpt, `pair-${index}`));
  document.querySelectorAll("svg.histogram").forEach(setUpReadout);
  document.querySelectorAll("[data-copy]").forEach(setUpCopy);
  setUpContents();
});
addEventListener("beforeprint", () => {
  document.querySelectorAll("details").forEach((details) => { details.open = true; });
});
