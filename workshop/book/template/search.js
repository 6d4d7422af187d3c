// The search: every word that is typed must stand in a section.
"use strict";

const MOST = 20;
const form = document.querySelector("form[role=search]");
const input = form.querySelector("input");
const status = form.querySelector("[role=status]");
const list = form.querySelector("ol");
const up = document.body.dataset.up;

function found(words) {
  const ranked = [];
  for (const [address, title, heading, text] of INDEX) {
    const head = `${title} ${heading}`.toLowerCase();
    const body = text.toLowerCase();
    if (words.every((word) => head.includes(word) || body.includes(word))) {
      const rank = words.filter((word) => head.includes(word)).length;
      ranked.push({ address, title, heading, text, rank });
    }
  }
  return ranked.sort((one, other) => other.rank - one.rank);
}

function excerpt(text, word) {
  const at = Math.max(0, text.toLowerCase().indexOf(word) - 40);
  const part = text.slice(at, at + 120);
  return `${at ? "…" : ""}${part}${at + 120 < text.length ? "…" : ""}`;
}

function show() {
  const words = input.value.toLowerCase().split(/\s+/).filter(Boolean);
  const results = words.length ? found(words) : [];
  list.replaceChildren(
    ...results.slice(0, MOST).map((result) => {
      const item = document.createElement("li");
      const link = document.createElement("a");
      link.href = up + result.address;
      link.textContent =
        result.title === result.heading
          ? result.title
          : `${result.title}: ${result.heading}`;
      const line = document.createElement("p");
      line.textContent = excerpt(result.text, words[0]);
      item.append(link, line);
      return item;
    }),
  );
  const shown = results.length > MOST ? `, the first ${MOST} shown` : "";
  status.textContent = words.length
    ? `${results.length || "No"} ${results.length === 1 ? "section" : "sections"}${shown}`
    : "";
}

form.hidden = false;
input.addEventListener("input", show);
form.addEventListener("submit", (event) => {
  event.preventDefault();
  list.querySelector("a")?.click();
});
list.addEventListener("click", () => {
  input.value = "";
  show();
});
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape") {
    input.value = "";
    show();
  } else if (event.key === "/" && event.target === document.body) {
    event.preventDefault();
    input.focus();
  }
});
