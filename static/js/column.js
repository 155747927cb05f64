/* A column of fields typed from top to bottom: Enter or down goes to the next, up to the one before.
 * The form works without this file; its fields have data-column. */
(() => {
  "use strict";
  document.querySelectorAll("form").forEach((form) => {
    const fields = [...form.querySelectorAll("[data-column]")];
    const steps = { Enter: 1, ArrowDown: 1, ArrowUp: -1 };
    fields.forEach((field, place) => field.addEventListener("keydown", (event) => {
      if (!(event.key in steps) || event.isComposing || event.altKey || event.ctrlKey || event.metaKey) return;
      event.preventDefault(); // Enter would send a column that is half typed
      const other = fields[place + steps[event.key]];
      if (other) { other.focus(); other.select(); }
      else if (event.key === "Enter") form.querySelector("button[type=submit]").focus();
    }));
    fields.forEach((field) => field.addEventListener("focus", () => field.select()));
  });
})();
