/* The review cockpit by keyboard, and the viewer of its images. The page works without this file.
 *   data-key="a"         (button, link)  the letter that presses it
 *   data-needs-reason    (button)        its letter goes to an empty reason box first; Ctrl+Enter there sends
 *   data-canned="id"     (select)        phrases put into that text box; 1–9 take the first nine
 *   data-figure="image"  one attachment; one at a time is shown, [data-file] links and [ ] choose
 *   data-stage, data-zoom="in|out|fit|turn", data-percent   the image, its buttons, its size in per cent
 *   data-show-map, #cockpit-map, data-shortcuts-off   what the keys do, and the switch that silences them */
(() => {
  "use strict";
  const all = (selector, root = document) => [...root.querySelectorAll(selector)];
  const one = (selector, root = document) => root.querySelector(selector);
  const form = one("[data-decide]");
  const [SMALLEST, LARGEST, STEP, PAN] = [0.05, 8, 1.25, 60];

  // --- attachments ----------------------------------------------------------------------------------------
  const title = document.getElementById("claim-title");
  const figures = all("[data-figure]");
  const links = all("[data-file]");
  const images = new Map();
  let shown = 0;
  const show = (index) => {
    if (!figures.length) return;
    shown = (index + figures.length) % figures.length;
    figures.forEach((figure, at) => { figure.hidden = at !== shown; });
    links.forEach((link, at) => { if (at === shown) link.setAttribute("aria-current", "true"); else link.removeAttribute("aria-current"); });
    const link = links[shown];  // only its row scrolls, never the page
    if (link) link.closest("ol").scrollLeft = link.offsetLeft + link.offsetWidth / 2 - link.closest("ol").clientWidth / 2;
    const mark = one("[data-file-number]");
    if (mark) mark.textContent = `${shown + 1} / ${figures.length}`;
    if (images.has(figures[shown])) images.get(figures[shown]).draw();
  };
  links.forEach((link, index) => link.addEventListener("click", (event) => { event.preventDefault(); show(index); }));
  all("[data-file-step]").forEach((button) => button.addEventListener("click", () => show(shown + Number(button.dataset.fileStep))));

  // A PDF that was clicked keeps every key for itself; the pointer moving elsewhere gives them back.
  document.addEventListener("mousemove", () => { if (document.activeElement.tagName === "IFRAME") title.focus({ preventScroll: true }); });

  // --- one image ------------------------------------------------------------------------------------------
  const viewer = (figure) => {
    const stage = one("[data-stage]", figure);
    const sheet = stage.firstElementChild;
    const image = one("img", sheet);
    const percent = one("[data-percent]", figure);
    let scale = 0;  // 0: as large as fits
    let turned = 0;
    const fitting = (width, height) => Math.min(stage.clientWidth / width, stage.clientHeight / height, LARGEST);
    const draw = () => {
      if (!image.naturalWidth || !stage.clientWidth) return;
      const across = turned % 180 ? [image.naturalHeight, image.naturalWidth] : [image.naturalWidth, image.naturalHeight];
      const now = scale || fitting(...across);
      const x = (stage.scrollLeft + stage.clientWidth / 2) / stage.scrollWidth;
      const y = (stage.scrollTop + stage.clientHeight / 2) / stage.scrollHeight;
      const [width, height] = across.map((side) => Math.floor(side * now));
      Object.assign(sheet.style, { width: `${width}px`, height: `${height}px`, marginTop: `${Math.max(0, (stage.clientHeight - height) / 2)}px` });
      Object.assign(image.style, {
        width: `${image.naturalWidth * now}px`, height: `${image.naturalHeight * now}px`,
        transform: `translate(-50%, -50%) rotate(${turned}deg)`,
      });
      stage.scrollTo(x * stage.scrollWidth - stage.clientWidth / 2, y * stage.scrollHeight - stage.clientHeight / 2);
      percent.value = `${Math.round(now * 100)}%`;
    };
    const zoom = (factor) => {
      const across = turned % 180 ? [image.naturalHeight, image.naturalWidth] : [image.naturalWidth, image.naturalHeight];
      scale = Math.min(LARGEST, Math.max(SMALLEST, (scale || fitting(...across)) * factor));
      draw();
    };
    const acts = {
      in: () => zoom(STEP),
      out: () => zoom(1 / STEP),
      fit: () => { scale = 0; draw(); },
      turn: () => { turned = (turned + 90) % 360; draw(); },
    };
    all("[data-zoom]", figure).forEach((button) => button.addEventListener("click", () => acts[button.dataset.zoom]()));
    stage.addEventListener("dblclick", () => { scale = scale ? 0 : 1; draw(); });
    stage.addEventListener("wheel", (event) => {
      if (!event.ctrlKey) return;
      event.preventDefault();
      zoom(event.deltaY < 0 ? STEP : 1 / STEP);
    }, { passive: false });
    stage.addEventListener("keydown", (event) => {
      const by = { ArrowLeft: [-PAN, 0], ArrowRight: [PAN, 0], ArrowUp: [0, -PAN], ArrowDown: [0, PAN] }[event.key];
      if (!by || event.ctrlKey || event.altKey || event.metaKey) return;
      event.preventDefault();
      stage.scrollBy(...by);
    });
    stage.addEventListener("pointerdown", (event) => {
      if (event.pointerType !== "mouse" || event.button !== 0) return;  // fingers scroll by themselves
      stage.setPointerCapture(event.pointerId);
      stage.classList.add("is-held");
    });
    stage.addEventListener("pointermove", (event) => { if (stage.classList.contains("is-held")) stage.scrollBy(-event.movementX, -event.movementY); });
    ["pointerup", "pointercancel"].forEach((name) => stage.addEventListener(name, () => stage.classList.remove("is-held")));
    image.addEventListener("load", draw);
    new ResizeObserver(() => { if (!scale) draw(); }).observe(stage);
    return { draw, acts };
  };
  figures.filter((figure) => figure.dataset.figure === "image").forEach((figure) => images.set(figure, viewer(figure)));
  show(0);
  const picture = (act) => { const view = images.get(figures[shown]); if (view) view.acts[act](); };

  // --- decisions ------------------------------------------------------------------------------------------
  const reason = form.elements.reason;
  const hint = one("[data-send-hint]");
  let chosen = null;
  const choose = (button) => {
    chosen = button;
    hint.textContent = button ? `写好后按 Ctrl + Enter ${button.firstChild.textContent}` : "";
  };
  const press = (button) => {
    if (reason && button.hasAttribute("data-needs-reason") && !reason.value.trim()) {
      choose(button);
      reason.focus();
    } else button.click();
  };
  if (reason) {
    reason.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" || !event.ctrlKey || !chosen) return;
      event.preventDefault();
      if (reason.value.trim()) chosen.click();
    });
    reason.addEventListener("blur", (event) => { if (event.relatedTarget !== canned) choose(null); });
  }
  const canned = one("[data-canned]");
  const insert = (phrase) => {
    reason.value = [reason.value.trimEnd(), phrase].filter(Boolean).join("\n");
    reason.dispatchEvent(new Event("input", { bubbles: true }));
    reason.scrollTop = reason.scrollHeight;
  };
  if (canned) canned.addEventListener("change", () => {
    if (canned.value) insert(canned.value);
    canned.value = "";
    reason.focus();
  });

  // --- keyboard -------------------------------------------------------------------------------------------
  const map = document.getElementById("cockpit-map");
  const toggle = one("[data-shortcuts-off]", map);
  const off = () => localStorage.getItem("shortcuts") === "off";
  const mark = () => document.documentElement.classList.toggle("shortcuts-off", off());
  toggle.checked = off();
  toggle.addEventListener("change", () => { localStorage.setItem("shortcuts", toggle.checked ? "off" : "on"); mark(); });
  mark();
  all("[data-show-map]").forEach((button) => button.addEventListener("click", () => map.showModal()));
  const keys = {
    "[": () => show(shown - 1),
    "]": () => show(shown + 1),
    "+": () => picture("in"),
    "=": () => picture("in"),
    "-": () => picture("out"),
    0: () => picture("fit"),
    o: () => picture("turn"),
    "?": () => map.showModal(),
  };
  all("[data-key]").forEach((target) => { keys[target.dataset.key] = () => press(target); });
  all("option[value]:not([value=''])", canned || map).slice(0, 9).forEach((option, index) => { keys[index + 1] = () => insert(option.value); });
  const REPEATING = new Set(["+", "=", "-"]);
  document.addEventListener("keydown", (event) => {
    if (event.isComposing || event.ctrlKey || event.altKey || event.metaKey) return;
    const field = event.target.closest("input:not([type=checkbox], [type=radio]), textarea, select, [contenteditable]");
    if (event.key === "Escape" && field) field.blur();
    const act = keys[event.key.length === 1 ? event.key.toLowerCase() : event.key];
    // A key held down, or pressed again while the answer is on its way, must not decide the next claim.
    if (!act || field || off() || one("dialog[open]") || form.hasAttribute("data-busy")) return;
    event.preventDefault();
    if (!event.repeat || REPEATING.has(event.key)) act();
  });

  // --- the page itself ------------------------------------------------------------------------------------
  const cockpit = one("[data-cockpit]");
  const measure = () => {
    document.documentElement.style.setProperty("--bar", `${form.offsetHeight}px`);
    document.documentElement.style.setProperty("--top", `${Math.round(cockpit.getBoundingClientRect().top + scrollY)}px`);
  };
  measure();
  new ResizeObserver(measure).observe(form);
  addEventListener("resize", measure);
  const queue = one("[data-queue]");
  const here = one("[aria-current]", queue);
  if (here) queue.scrollTop += here.getBoundingClientRect().top - queue.getBoundingClientRect().top - queue.clientHeight / 2;
  const problem = one("[data-problem]");
  if (problem) problem.focus({ preventScroll: true });
})();
