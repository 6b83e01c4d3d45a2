"use strict";
// Tables sort by a click on a header: numbers as numbers, texts with their numbers in order, cells without a value last.
(() => {
  const collator = new Intl.Collator("en", { numeric: true });

  function order(row, column) {
    const cell = row.cells[column];
    const text = cell.dataset.order ?? "";
    return { row, text, number: text === "" ? NaN : Number(text) };
  }

  function sort(table, column, descending) {
    const body = table.tBodies[0];
    const rows = [...body.rows].map((row) => order(row, column));
    const filled = rows.filter((x) => x.text !== "");
    const numeric = filled.every((x) => Number.isFinite(x.number));
    const compare = numeric ? (a, b) => a.number - b.number : (a, b) => collator.compare(a.text, b.text);
    filled.sort((a, b) => (descending ? compare(b, a) : compare(a, b)));
    body.append(...filled.map((x) => x.row), ...rows.filter((x) => x.text === "").map((x) => x.row));
  }

  for (const table of document.querySelectorAll("table[data-sortable]")) {
    const heads = [...table.tHead.rows[0].cells];
    heads.forEach((head, column) => {
      head.querySelector("button").addEventListener("click", () => {
        const descending = head.getAttribute("aria-sort") === "ascending";
        heads.forEach((other) => other.setAttribute("aria-sort", "none"));
        head.setAttribute("aria-sort", descending ? "descending" : "ascending");
        sort(table, column, descending);
      });
    });
  }
})();
