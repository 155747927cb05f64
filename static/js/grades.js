/* Grades by keyboard; without this file the page is a plain form with selects and text boxes.
 *   data-grades (on the form)   its rows are filled in from top to bottom
 *   data-result (a select)      1 2 3, Y H B or 优 合 不 choose and go to the next row; Delete clears
 *   data-score (a text box)     Enter and the arrows go to the next or the former row
 *   data-take="result|score"    takes over what somebody else put into the row
 *   data-save (a button)        pressed by Ctrl + S
 */
(() => {
  "use strict";
  const form = document.querySelector("form[data-grades]");
  if (!form) return;
  const KEYS = { 1: "excellent", 优: "excellent", y: "excellent", 2: "passed", 合: "passed", h: "passed", 3: "failed", 不: "failed", b: "failed" };
  const columns = { result: [...form.querySelectorAll("[data-result]")], score: [...form.querySelectorAll("[data-score]")] };
  const columnOf = (field) => ("result" in field.dataset ? columns.result : columns.score);

  const go = (field, step) => {
    const column = columnOf(field);
    const next = column[column.indexOf(field) + step];
    if (next) { next.focus(); if (next.select) next.select(); } else if (step > 0) form.querySelector("[data-save]").focus();
  };
  const choose = (select, value) => {
    select.value = value;
    select.dispatchEvent(new Event("input", { bubbles: true }));
  };
  // An input method may keep the letter to itself; the key still says which it was.
  const typed = (event) => (event.key.length === 1 ? event.key : event.code.replace(/^(Key|Digit|Numpad)/, "")).toLowerCase();

  form.addEventListener("keydown", (event) => {
    const field = event.target;
    if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "s") {
      event.preventDefault();
      form.querySelector("[data-save]").click();
      return;
    }
    if (event.ctrlKey || event.metaKey || event.altKey || !(field.matches("[data-result]") || field.matches("[data-score]"))) return;
    if (event.key === "Enter") {
      event.preventDefault();
      go(field, event.shiftKey ? -1 : 1);
    } else if (field.matches("[data-score]")) {
      if (event.key === "ArrowDown" || event.key === "ArrowUp") { event.preventDefault(); go(field, event.key === "ArrowDown" ? 1 : -1); }
    } else if (event.key === "Delete" || event.key === "Backspace") {
      event.preventDefault();
      choose(field, "");
    } else if (KEYS[typed(event)]) {
      event.preventDefault();
      choose(field, KEYS[typed(event)]);
      go(field, 1);
    }
  });

  form.addEventListener("click", (event) => {
    const button = event.target.closest("[data-take]");
    if (!button) return;
    const row = button.closest("tr");
    const [result, score] = button.dataset.take.split("|");
    row.querySelector("[data-score]").value = score;
    choose(row.querySelector("[data-result]"), result);
    row.classList.remove("is-wrong");
    button.closest(".grade-wrong").remove();
    row.querySelector("[data-result]").focus();
  });

  const first = columns.result.find((select) => !select.value);
  if (first && !document.querySelector("[data-errors]")) first.focus({ preventScroll: true });
})();
