"use strict";
(() => {
  const table = document.getElementById("rows");
  if (!table) return;
  const field = (name) => document.getElementById(`f-${name}`);
  const [text, harm, app, after, count] = ["text", "harm", "app", "after", "count"].map(field);
  const rows = [...table.tBodies[0].rows].map((row) => ({ row, ...row.dataset, words: row.textContent.toLowerCase() }));

  for (const name of [...new Set(rows.map((one) => one.a))].sort((one, other) => one.localeCompare(other)))
    app.add(new Option(name, name));

  const harms = {
    "": () => true,
    open: (one) => one.h === "stops" || one.h === "might stop",
  };
  const show = () => {
    const words = text.value.toLowerCase().split(/\s+/).filter(Boolean);
    const hurts = harms[harm.value] ?? ((one) => one.h === harm.value);
    let shown = 0;
    for (const one of rows) {
      const fits =
        hurts(one) &&
        (!app.value || one.a === app.value) &&
        (!after.value || one.r === after.value) &&
        words.every((word) => one.words.includes(word));
      one.row.hidden = !fits;
      shown += fits;
    }
    const [part, all] = [shown, rows.length].map((number) => number.toLocaleString("en"));
    count.textContent = `${part} of ${all} ${rows.length === 1 ? "row" : "rows"} shown.`;
  };

  let waiting = 0;
  text.addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(show, 150);
  });
  for (const choice of [harm, app, after]) choice.addEventListener("change", show);
  field("reset").addEventListener("click", () => {
    for (const one of [text, harm, app, after]) one.value = "";
    show();
    text.focus();
  });
  document.querySelector(".filters").hidden = false;
  show();
})();
