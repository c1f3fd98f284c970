"use strict";
// Sorting, filtering and pointing; the page says all that it says without it.
for (const board of document.querySelectorAll("[data-board]")) {
  const table = board.querySelector("table"), body = table.tBodies[0];
  const rows = [...body.rows];
  const value = (row, column) => {
    const cell = row.cells[column], key = cell.dataset.key;
    return key === undefined ? cell.textContent.trim().toLowerCase() : key === "" ? null : Number(key);
  };
  [...table.tHead.rows[0].cells].forEach((head, column) => {
    const button = document.createElement("button");
    button.type = "button";
    button.append(...head.childNodes);
    head.append(button);
    button.addEventListener("click", () => {
      const down = head.getAttribute("aria-sort") === "ascending";
      for (const other of table.tHead.rows[0].cells) other.removeAttribute("aria-sort");
      head.setAttribute("aria-sort", down ? "descending" : "ascending");
      const sign = down ? -1 : 1;
      rows.sort((a, b) => {
        const x = value(a, column), y = value(b, column);
        if (x === null || y === null) return (x === null) - (y === null);
        return sign * (x < y ? -1 : x > y ? 1 : 0);
      });
      body.append(...rows);
    });
  });
  const input = document.createElement("input"), count = document.createElement("output");
  input.type = "search";
  input.placeholder = "Filter by name";
  input.setAttribute("aria-label", "Filter rows by name");
  input.addEventListener("input", () => {
    const wanted = input.value.trim().toLowerCase();
    let shown = 0;
    for (const row of rows) {
      row.hidden = !row.cells[0].textContent.toLowerCase().includes(wanted);
      shown += !row.hidden;
    }
    count.textContent = wanted ? `${shown} of ${rows.length}` : "";
  });
  board.querySelector(".tools").append(input, count);
  const light = (series) => {
    board.querySelector(".figures")?.classList.toggle("dim", series !== null);
    for (const mark of board.querySelectorAll("[data-s]"))
      mark.classList.toggle("lit", mark.dataset.s === series);
  };
  for (const row of rows) {
    row.addEventListener("pointerenter", () => light(row.dataset.s));
    row.addEventListener("pointerleave", () => light(null));
    row.addEventListener("focusin", () => light(row.dataset.s));
    row.addEventListener("focusout", () => light(null));
  }
}
// What does not fit is scrolled, with the keyboard, too.
const reach = () => {
  for (const it of document.querySelectorAll(".scroll"))
    it.scrollWidth > it.clientWidth ? it.setAttribute("tabindex", "0") : it.removeAttribute("tabindex");
};
addEventListener("resize", reach);
reach();
// What a mark stands for is said beside it, at once and on a touch, too.
const tip = document.createElement("div");
tip.className = "tip";
tip.hidden = true;
document.body.append(tip);
for (const title of document.querySelectorAll("svg title")) {
  title.parentElement.dataset.tip = title.textContent;
  title.remove();
}
const tell = (event) => {
  const mark = event.target.closest?.("[data-tip]");
  tip.hidden = !mark;
  if (!mark) return;
  tip.textContent = mark.dataset.tip;
  const left = event.clientX - tip.offsetWidth / 2;
  const most = document.documentElement.clientWidth - tip.offsetWidth - 4;
  tip.style.left = `${scrollX + Math.max(4, Math.min(left, most))}px`;
  tip.style.top = `${scrollY + Math.max(4, event.clientY - tip.offsetHeight - 12)}px`;
};
addEventListener("pointerover", tell);
addEventListener("pointerdown", tell);
// A link into a closed list opens it.
const open = () => {
  const target = location.hash && document.getElementById(location.hash.slice(1));
  if (target && target.tagName === "DETAILS") target.open = true;
};
addEventListener("hashchange", open);
open();
