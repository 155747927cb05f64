/* The table of courses of a training plan ([data-courses]): lines come and go in place, and their hours are summed
 * while one types. Without this script the same buttons ask the server. */
(() => {
  "use strict";
  const table = document.querySelector("[data-courses]");
  if (!table) return;
  const body = table.querySelector("tbody");
  const qualifying = document.querySelector("[data-qualifying]");
  const total = table.querySelector("[data-total]");
  const told = table.querySelector("[data-told]");
  const words = table.dataset;
  const rows = () => [...body.rows];
  const tenths = (text) => Math.round(Number(text) * 10) || 0;
  const shown = (number) => String(number / 10);

  const sum = () => {
    const all = rows().reduce((sofar, row) => sofar + tenths(row.querySelector("[name=course_hours]").value), 0);
    const wanted = tenths(qualifying.value);
    const gap = wanted - all;
    total.textContent = shown(all);
    told.textContent = !wanted ? words.textMissing : !gap ? words.textEqual
      : (gap > 0 ? words.textShort : words.textOver).replace("{n}", shown(Math.abs(gap)));
    told.className = wanted && !gap ? "text-success" : "text-danger";
  };
  const number = () => rows().forEach((row, place) => {
    const n = place + 1;
    row.querySelector("[data-number]").textContent = n;
    row.querySelectorAll("input").forEach((field) => {
      field.setAttribute("aria-label", words.textRow.replace("{n}", n) + field.closest("td").dataset.label);
    });
    const button = row.querySelector("button");
    button.value = `remove_course:${place}`;
    button.setAttribute("aria-label", button.dataset.textLabel.replace("{n}", n));
  });
  const empty = (row) => row.querySelectorAll("input").forEach((field) => {
    field.value = "";
    field.classList.remove("is-invalid");
    field.removeAttribute("aria-invalid");
  });
  const add = () => {
    const row = body.rows[0].cloneNode(true);
    empty(row);
    body.append(row);
    number();
    return row;
  };
  const changed = () => { sum(); table.dispatchEvent(new Event("input", { bubbles: true })); };

  table.addEventListener("click", (event) => {
    const button = event.target.closest("button");
    if (!button) return;
    event.preventDefault();
    if (button.value === "add_course") {
      add().querySelector("input").focus();
    } else {
      const row = button.closest("tr");
      const next = row.nextElementSibling || row.previousElementSibling;
      if (next) row.remove(); else empty(row);
      number();
      (next || row).querySelector("input").focus();
    }
    changed();
  });
  table.addEventListener("keydown", (event) => {
    // Enter goes to the next line, and makes one where there is none: the way tables are filled in.
    if (event.key !== "Enter" || event.isComposing || event.target.tagName !== "INPUT") return;
    event.preventDefault();
    const row = event.target.closest("tr");
    (row.nextElementSibling || add()).querySelector(`[name=${event.target.name}]`).focus();
  });
  table.addEventListener("input", sum);
  qualifying.addEventListener("input", sum);
  // A draft of the browser may have more lines than the page: js/forms.js tells before it fills them in.
  table.closest("form").addEventListener("draft-restore", (event) => {
    const kept = (event.detail.course_name || []).length;
    while (rows().length < kept) add();
  });
  sum();
})();
