// Slides, one at a time; without this script they stand one below the other.
"use strict";

const SIZES = [1, 0.9, 0.8, 0.7, 0.62, 0.55]; // of the letters, until all fits
const slides = [...document.querySelectorAll(".slide")];
const controls = document.querySelector(".controls");
const notes = document.querySelector("[data-notes]");
let current = 0;

function fit(slide) {
  for (const size of SIZES) {
    slide.style.setProperty("--size", size);
    if (slide.scrollHeight <= slide.clientHeight) break;
  }
}

function go(number) {
  current = Math.min(Math.max(number, 0), slides.length - 1);
  slides.forEach((slide, index) => (slide.hidden = index !== current));
  fit(slides[current]);
  slides[current].scrollTop = 0;
  controls.querySelector("output").textContent =
    `${current + 1} / ${slides.length}`;
  history.replaceState(null, "", `#${current + 1}`);
}

function toggleNotes() {
  const shown = document.body.classList.toggle("with-notes");
  notes.setAttribute("aria-pressed", shown);
  fit(slides[current]);
}

const KEYS = {
  ArrowRight: () => go(current + 1),
  PageDown: () => go(current + 1),
  " ": () => go(current + 1),
  ArrowLeft: () => go(current - 1),
  PageUp: () => go(current - 1),
  Home: () => go(0),
  End: () => go(slides.length - 1),
  n: toggleNotes,
};

document.body.classList.add("one-at-a-time");
controls.hidden = false;
document.addEventListener("keydown", (event) => {
  const plain = !event.ctrlKey && !event.altKey && !event.metaKey;
  const typing = event.key === " " && event.target.closest("a, button");
  if (plain && !typing && KEYS[event.key]) {
    event.preventDefault();
    KEYS[event.key]();
  }
});
for (const button of document.querySelectorAll("[data-step]")) {
  const step = Number(button.dataset.step);
  button.addEventListener("click", () => go(current + step));
}
notes.addEventListener("click", toggleNotes);
addEventListener("resize", () => fit(slides[current]));
addEventListener("hashchange", () => go(Number(location.hash.slice(1)) - 1));
addEventListener("beforeprint", () => {
  for (const slide of slides) slide.hidden = false;
});
addEventListener("afterprint", () => go(current));
for (const picture of document.images) {
  picture.addEventListener("load", () => fit(slides[current]));
}
go((Number(location.hash.slice(1)) || 1) - 1);
