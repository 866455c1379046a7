"use strict";
(() => {
  const root = document.documentElement;
  const every = (selector, within = document) => [...within.querySelectorAll(selector)];
  const find = (id) => document.getElementById(id);

  // Pictures are kept once and shown where they are needed.
  const pictures = JSON.parse(find("pictures").textContent);
  const show = (within) => every("img[data-look]:not([src])", within).forEach((img) => { img.src = pictures[img.dataset.look]; });
  every("img[data-look]").filter((img) => !img.closest("tr.detail")).forEach((img) => { img.src = pictures[img.dataset.look]; });

  // Theme: the system's until the reader chooses.
  const button = find("theme");
  const stored = (value) => {
    try {
      if (value) localStorage.setItem("kage-theme", value);
      return localStorage.getItem("kage-theme");
    } catch { return null; } // some browsers keep nothing for files
  };
  const system = matchMedia("(prefers-color-scheme: dark)");
  const dark = () => (root.dataset.theme || (system.matches ? "dark" : "light")) === "dark";
  const told = () => button.setAttribute("aria-pressed", String(dark()));
  if (stored()) root.dataset.theme = stored();
  button.addEventListener("click", () => { root.dataset.theme = stored(dark() ? "light" : "dark") || (dark() ? "light" : "dark"); told(); });
  system.addEventListener("change", told);
  told();

  // Sorting: numbers by their first number, what is missing always last, names in natural order.
  const value = (row, column) => {
    const text = row.cells[column].textContent.trim();
    if (!row.cells[column].classList.contains("number")) return text;
    const found = text.replaceAll(",", "").match(/-?\d+(\.\d+)?/);
    return found ? Number(found[0]) : null;
  };
  const sort = (table, column, way) => {
    const body = table.tBodies[0];
    const rows = [...body.rows].filter((row) => !row.classList.contains("detail"));
    const keyed = rows.map((row) => ({ row, key: value(row, column), detail: row.nextElementSibling }));
    keyed.sort((a, b) => {
      if (a.key === null || b.key === null) return (a.key === null) - (b.key === null);
      return way * (typeof a.key === "number" ? a.key - b.key : a.key.localeCompare(b.key, "en", { numeric: true }));
    });
    keyed.forEach(({ row, detail }) => {
      body.append(row);
      if (detail && detail.classList.contains("detail")) body.append(detail);
    });
  };
  every("table.sortable").forEach((table) => {
    const heads = [...table.tHead.rows[0].cells];
    heads.forEach((head, column) => head.querySelector("button").addEventListener("click", () => {
      const next = head.getAttribute("aria-sort") === "descending" || (!head.classList.contains("number") && head.getAttribute("aria-sort") === "none") ? "ascending" : "descending";
      heads.forEach((other) => other.setAttribute("aria-sort", other === head ? next : "none"));
      sort(table, column, next === "ascending" ? 1 : -1);
    }));
  });

  // Rows that open.
  const open = (opener, yes) => {
    const detail = find(opener.getAttribute("aria-controls"));
    opener.setAttribute("aria-expanded", String(yes));
    detail.hidden = !yes;
    if (yes) show(detail);
  };
  const openers = every("button.open");
  openers.forEach((opener) => opener.addEventListener("click", () => open(opener, opener.getAttribute("aria-expanded") === "false")));

  // Paper shows what could be opened: every row that the filters show, and all sections.
  const unfold = () => {
    const rows = openers.filter((opener) => !opener.closest("tr").hidden && opener.getAttribute("aria-expanded") === "false");
    const sections = every("details:not([open])");
    rows.forEach((opener) => open(opener, true));
    sections.forEach((section) => { section.open = true; });
    addEventListener("afterprint", () => {
      rows.forEach((opener) => open(opener, false));
      sections.forEach((section) => { section.open = false; });
    }, { once: true });
  };
  addEventListener("beforeprint", unfold);

  // Filters.
  if (!openers.length) return;
  const text = find("find"), suite = find("suite"), who = find("who"), flagged = find("flagged"), all = find("open-all");
  const shown = () => openers.filter((opener) => !opener.closest("tr").hidden);
  const label = () => {
    all.textContent = shown().some((opener) => opener.getAttribute("aria-expanded") === "false") ? "Open all shown" : "Close all shown";
  };
  const filter = () => {
    const words = text.value.toLowerCase().split(/\s+/).filter(Boolean);
    openers.forEach((opener) => {
      const row = opener.closest("tr"), { text: content, suite: its, who: whose, remarks } = row.dataset;
      const fits = words.every((word) => content.toLowerCase().includes(word)) && (!suite.value || its === suite.value)
        && (!who || !who.value || whose === who.value) && (!flagged.checked || remarks !== undefined);
      row.hidden = !fits;
      find(opener.getAttribute("aria-controls")).hidden = !fits || opener.getAttribute("aria-expanded") === "false";
    });
    find("count").textContent = `${shown().length} of ${openers.length} shown`;
    label();
  };
  [text, suite, who, flagged].filter(Boolean).forEach((control) => {
    for (const event of ["input", "change"]) control.addEventListener(event, filter); // not every browser sends both
  });
  all.addEventListener("click", () => {
    const yes = shown().some((opener) => opener.getAttribute("aria-expanded") === "false");
    shown().forEach((opener) => open(opener, yes));
    label();
  });
  openers.forEach((opener) => opener.addEventListener("click", label));
  filter(); // a browser may have kept what was typed
})();
