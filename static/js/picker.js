/* Pickers: a dialog with search and tree (picker_dialog.js) in place of long selects. The selects stay in the form and
 * hold the choice.
 *   select data-picker="tree"                  tree and search over the select's own options (data-parent on an option:
 *                                              the value it stands below; data-own: words for such a line itself)
 *   select data-picker="search" data-picker-url   asked of the server; what is chosen is added to the options
 *   [data-picker-group] data-picker-url        selects that follow each other, filled by one dialog
 * The server answers ?parent= and ?query= with {lines: [{label, key, path, note, values}], more}; see views/picking.py.
 */
(() => {
  "use strict";
  if (!window.pickerDialog) return;
  const { make, icon, words, STEP } = pickerDialog;
  const all = (selector, root = document) => [...root.querySelectorAll(selector)];
  const FLAT_LIMIT = 200;
  const SMALL = 20;  // a tree of so few lines opens with all of them

  // --- where lines come from ------------------------------------------------------------------------------
  const textOf = (option) => option.textContent.trim();
  const optionOf = (select, value) => [...select.options].find((option) => option.value === value);
  const pathOf = (select) => {
    const path = [];
    for (let option = select.selectedOptions[0]; option && option.value; option = optionOf(select, option.dataset.parent || "")) {
      if (path.length > 9) break;
      path.unshift(textOf(option));
    }
    return path;
  };

  const ownOptions = (select) => {
    const line = (option) => {
      const above = optionOf(select, option.dataset.parent || "");
      return { label: textOf(option), path: above && above.value ? [...line(above).path, textOf(above)] : [], key: "", values: { [select.name]: [option.value, textOf(option)] } };
    };
    const options = () => [...select.options].filter((option) => option.value);
    const below = (value) => options().filter((option) => (option.dataset.parent || "") === value);
    const branches = () => options().filter((option) => below(option.value).length).map((option) => option.value);
    const branch = (option) => ({ ...line(option), path: [], key: below(option.value).length ? option.value : "" });
    return {
      level: async (key) => {
        const own = key && optionOf(select, key);
        const first = own ? [{ ...line(own), path: [], label: `${textOf(own)}（${select.dataset.own}）` }] : [];
        return { lines: [...first, ...below(key).map(branch)] };
      },
      named: async (word) => {
        const found = options().filter((option) => textOf(option).toLowerCase().includes(word.toLowerCase()) || option.value === word);
        return { lines: found.slice(0, FLAT_LIMIT).map(line), more: found.length > FLAT_LIMIT };
      },
      trail: () => {
        if (options().length <= SMALL) return branches();
        const trail = [];
        for (let option = select.selectedOptions[0]; option && option.value; option = optionOf(select, option.dataset.parent || "")) {
          if (trail.length > 9 || trail.includes(option.value)) break;
          trail.unshift(option.value);
        }
        return trail;
      },
    };
  };

  const asked = (address) => {
    const ask = async (name, value) => {
      const url = new URL(address, location.href);
      url.searchParams.set(name, value);
      const answer = await fetch(url, { headers: { Accept: "application/json" }, redirect: "manual" });
      if (answer.type === "opaqueredirect") throw new Error("over");
      if (!answer.ok) throw new Error(answer.status === 429 ? "busy" : "failed");
      return answer.json();
    };
    return { level: (key) => ask("parent", key), named: (word) => ask("query", word), trail: () => [] };
  };

  // --- the field in the form ------------------------------------------------------------------------------
  const wear = (select, value, label) => {
    if (value && !optionOf(select, value)) select.add(new Option(label, value));
    select.value = value;
  };
  const firstInvalid = (form) => form.querySelector(":invalid:is(input, select, textarea)");
  // The browser leads to the first field it can show; where a picker comes before that, the picker keeps the focus.
  document.addEventListener("invalid", (event) => {
    const first = event.target.form && firstInvalid(event.target.form);
    if (first && first !== event.target && first.dataset.pickerButton) event.preventDefault();
  }, true);
  const enhance = ({ holder, selects, source, label, labelText, about, invalid, id }) => {
    const required = selects.some((select) => select.required);
    const shown = make("span", { class: "picker-value" });
    const button = make("button", {
      type: "button", id, class: `form-select picker-button${invalid ? " is-invalid" : ""}`, role: "combobox", "aria-haspopup": "dialog",
      "aria-expanded": "false", "aria-controls": "picker-dialog",
    }, shown);
    if (required) button.setAttribute("aria-required", "true");
    if (invalid) button.setAttribute("aria-invalid", "true");
    if (about) button.setAttribute("aria-describedby", about);
    const clear = make("button", { type: "button", class: "btn btn-icon picker-clear", "aria-label": words.textClear.replace("{s}", labelText), title: words.textClear.replace("{s}", labelText) }, icon("x"));
    const box = make("div", { class: "picker-box" }, button, clear);
    label.htmlFor = id;
    let sentence = null;

    const refresh = () => {
      const parts = selects.flatMap((select, index) => {
        const next = selects[index + 1];
        return select.value && next && next.value === select.value ? [] : pathOf(select);
      });
      shown.textContent = parts.join(STEP) || words.textChoose;
      button.classList.toggle("is-empty", parts.length === 0);
      clear.hidden = required || parts.length === 0;
    };
    const told = () => selects.at(-1).dispatchEvent(new Event("change", { bubbles: true }));
    const own = {
      title: labelText,
      button,
      source,
      holds: (values) => selects.every((select) => select.value === (values[select.name] || [""])[0]),
      chosen: () => selects.some((select) => select.value),
      choose: (values) => {
        selects.forEach((select) => wear(select, ...(values[select.name] || ["", ""])));
        if (sentence) { sentence.remove(); sentence = null; button.classList.remove("is-invalid"); }
        told();
        selects.at(-1).dispatchEvent(new Event("input", { bubbles: true }));
      },
      giveUp: () => {
        box.remove();
        holder.hidden = false;
        selects.forEach((select) => delete select.dataset.pickerButton);
        holder.dispatchEvent(new Event("picker-gone"));
        selects[0].focus();
      },
    };
    const open = () => pickerDialog.open(own);
    button.addEventListener("click", open);
    button.addEventListener("keydown", (event) => {
      if (event.key === "ArrowDown") { event.preventDefault(); open(); }
      if (["Delete", "Backspace"].includes(event.key) && !clear.hidden) clear.click();
    });
    clear.addEventListener("click", () => { own.choose({}); button.focus(); });
    selects.forEach((select) => {
      select.dataset.pickerButton = id;
      select.addEventListener("change", refresh);
      select.addEventListener("invalid", (event) => {
        if (!box.isConnected) return;
        event.preventDefault();  // the browser has nowhere to put its own sentence
        if (!sentence) {
          sentence = make("div", { class: "invalid-feedback d-block", role: "alert" }, words.textRequired.replace("{s}", labelText));
          box.after(sentence);
          button.classList.add("is-invalid");
        }
        if (firstInvalid(select.form) === select) button.focus();
      });
    });
    holder.hidden = true;
    addEventListener("pageshow", refresh);
    refresh();
    return box;
  };

  all("[data-picker-group]").forEach((group) => {
    const holder = group.querySelector("[data-picker-plain]");
    const selects = all("select", holder);
    const id = `${selects[0].id}-picker`;
    const label = make("label", { class: "form-label" }, group.dataset.label);
    if (selects.some((select) => select.required)) label.append(make("span", { class: "required-star", "aria-hidden": "true" }, "*"));
    const errors = all(".invalid-feedback", holder).slice(-1);  // what is missing is one choice here
    const help = group.dataset.help ? make("div", { class: "form-hint mt-1", id: `${id}-help` }, group.dataset.help) : null;
    const about = [help, ...errors].filter(Boolean).map((element) => element.id).join(" ");
    const box = enhance({ holder, selects, source: asked(group.dataset.pickerUrl), label, labelText: group.dataset.label, about, invalid: errors.length > 0, id });
    const field = make("div", { class: "mb-3" }, label, box, ...(help ? [help] : []), ...errors);
    group.prepend(field);
    holder.addEventListener("picker-gone", () => { label.remove(); if (help) help.remove(); });
  });
  all("select[data-picker]").filter((select) => !select.closest("[data-picker-group]")).forEach((select) => {
    const label = document.querySelector(`label[for="${CSS.escape(select.id)}"]`);
    if (!label) return;
    const labelText = label.firstChild.textContent.trim();
    const source = select.dataset.picker === "tree" ? ownOptions(select) : asked(select.dataset.pickerUrl);
    const box = enhance({
      holder: select, selects: [select], source, label, labelText, about: select.getAttribute("aria-describedby"),
      invalid: select.classList.contains("is-invalid"), id: `${select.id}-picker`,
    });
    select.after(box);
    select.addEventListener("picker-gone", () => { label.htmlFor = select.id; });
  });
})();
