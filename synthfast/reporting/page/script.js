
"use strict";
(() => {
  const at = (id) => document.getElementById(id);
  const root = document.documentElement;
  root.classList.add("js");

  // Theme: automatic, light, dark. Nothing is kept: the page stores nothing.
  const themes = ["automatic", "light", "dark"];
  let theme = 0;
  at("theme").hidden = false;
  at("theme").addEventListener("click", () => {
    theme = (theme + 1) % themes.length;
    if (theme) root.dataset.theme = themes[theme];
    else delete root.dataset.theme;
    at("theme").textContent = "Theme: " + themes[theme];
  });

  // Columns: sort by a heading, filter by name, step through the figures.
  const body = at("table").tBodies[0];
  const heads = [...at("table").tHead.rows[0].cells];
  const rows = [...body.rows];
  const say = (text) => { at("said").textContent = text; };
  const keyOf = (row, place, numeric) => {
    const cell = row.cells[place];
    if (!numeric) return cell.textContent.trim().toLowerCase();
    return cell.dataset.key === undefined ? null : Number(cell.dataset.key);
  };
  const compare = (a, b) => (typeof a === "number" ? a - b : a.localeCompare(b, undefined, { numeric: true }));
  heads.forEach((head, place) => {
    if (!head.dataset.sort) return;
    head.firstChild.addEventListener("click", () => {
      const numeric = head.dataset.sort === "number";
      const now = head.getAttribute("aria-sort");
      const order = now ? (now === "ascending" ? "descending" : "ascending") : numeric ? "descending" : "ascending";
      heads.forEach((other) => other.removeAttribute("aria-sort"));
      head.setAttribute("aria-sort", order);
      const sign = order === "ascending" ? 1 : -1;
      const keyed = rows.map((row, k) => [keyOf(row, place, numeric), k, row]);
      keyed.sort((a, b) => {
        if (a[0] === null || b[0] === null) return (a[0] === null) - (b[0] === null) || a[1] - b[1];
        return sign * compare(a[0], b[0]) || a[1] - b[1];
      });
      body.append(...keyed.map((one) => one[2]));
      say("Sorted by " + head.textContent.trim() + ", " + order + ".");
    });
  });
  at("filter").addEventListener("input", (event) => {
    const wanted = event.target.value.trim().toLowerCase();
    let shown = 0;
    rows.forEach((row) => {
      row.hidden = !row.cells[0].textContent.toLowerCase().includes(wanted);
      shown += !row.hidden;
    });
    say(wanted ? shown + " of " + rows.length + " columns" : "");
  });

  let chosen = null;
  const choose = (row, focus) => {
    if (!row) return;
    if (chosen) {
      chosen.classList.remove("chosen");
      chosen.removeAttribute("aria-current");
      at(chosen.dataset.figure).classList.remove("chosen");
    }
    chosen = row;
    row.classList.add("chosen");
    row.setAttribute("aria-current", "true");
    const figure = at(row.dataset.figure);
    figure.classList.add("chosen");
    if (focus) figure.focus({ preventScroll: true });
  };
  const follow = (focus) => {
    const row = rows.find((one) => "#" + one.dataset.figure === location.hash);
    choose(row || chosen || rows[0], focus && Boolean(row));
  };
  rows.forEach((row) => {
    const link = row.cells[0].querySelector("a");
    row.dataset.figure = link.hash.slice(1);
    row.addEventListener("click", (event) => {
      if (event.target !== link) choose(row, false);
    });
    link.addEventListener("click", (event) => {
      event.preventDefault();
      history.pushState(null, "", link.hash);
      choose(row, true);
    });
  });
  const step = (by) => {
    const visible = [...body.rows].filter((row) => !row.hidden);
    if (!visible.length) return;
    const next = visible[(visible.indexOf(chosen) + by + visible.length) % visible.length];
    choose(next, false);
    next.scrollIntoView({ block: "nearest" });
    say("Shown: " + next.cells[0].textContent);
  };
  at("before").parentNode.hidden = false;
  at("before").addEventListener("click", () => step(-1));
  at("after").addEventListener("click", () => step(1));
  addEventListener("hashchange", () => follow(true));
  addEventListener("popstate", () => follow(true));
  follow(false);

  // Pairs: which map, and what a cell holds.
  const map = at("map");
  if (!map) return;
  const numbers = (text) => {
    const bytes = Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
    const view = new DataView(bytes.buffer);
    return Array.from({ length: bytes.length / 2 }, (_, k) => view.getInt16(2 * k, true) / 1000);
  };
  const data = JSON.parse(at("matrix").textContent);
  const real = numbers(data.real);
  const synthetic = numbers(data.synthetic);
  const n = data.names.length;
  const left = Number(map.dataset.left);
  const top_ = Number(map.dataset.top);
  const side = Number(map.dataset.side);
  const cursor = at("cursor");
  const signed = (x) => (x < 0 ? "−" : "") + Math.abs(x).toFixed(3);
  let place = [1 % n, 0];
  const read = (i, j) => {
    place = [i, j];
    cursor.setAttribute("x", left + (j * side) / n);
    cursor.setAttribute("y", top_ + (i * side) / n);
    cursor.setAttribute("visibility", "visible");
    const names = data.names[i] + " with " + data.names[j];
    if (i === j) {
      at("cell").textContent = data.names[i] + " with itself";
      return;
    }
    const k = (Math.max(i, j) * (Math.max(i, j) - 1)) / 2 + Math.min(i, j);
    at("cell").textContent =
      names + ": real " + signed(real[k]) + ", synthetic " + signed(synthetic[k]) + ", difference " + signed(synthetic[k] - real[k]);
  };
  map.addEventListener("pointermove", (event) => {
    const point = new DOMPoint(event.clientX, event.clientY).matrixTransform(map.getScreenCTM().inverse());
    const j = Math.floor(((point.x - left) * n) / side);
    const i = Math.floor(((point.y - top_) * n) / side);
    if (i >= 0 && j >= 0 && i < n && j < n) read(i, j);
  });
  map.addEventListener("keydown", (event) => {
    const by = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] }[event.key];
    if (!by) return;
    event.preventDefault();
    read(Math.min(n - 1, Math.max(0, place[0] + by[0])), Math.min(n - 1, Math.max(0, place[1] + by[1])));
  });
  const ramp = document.querySelector(".scale");
  const ends = [ramp.firstChild.textContent, ramp.lastChild.textContent];
  document.querySelectorAll("input[name=view]").forEach((radio) => {
    radio.addEventListener("change", () => {
      document.querySelectorAll(".map").forEach((image) => {
        image.toggleAttribute("hidden", image.dataset.view !== radio.value);
      });
      const limits = radio.value === "difference" ? ends : ["−1", "+1"];
      ramp.firstChild.textContent = limits[0];
      ramp.lastChild.textContent = limits[1];
    });
  });
})();
