// SPDX-License-Identifier: Apache-2.0
// The list of desktops. Only the rows that are looked at are in the document, so that 100,000 are no more work than 100.
// Whatever the plan says goes into the page as text, never as markup.
"use strict";
(() => {
  const byId = (id) => document.getElementById(id);
  const data = JSON.parse(byId("data").textContent);
  const actions = ["wipe", "in progress", "held", "protected", "excluded"];
  const looks = ["wiped", "progress", "held", "protected", "excluded"];
  const overscan = 8; // rows above and below those that are seen
  const mostPixels = 15e6; // browsers lay out no box that is much higher
  const grid = byId("grid");
  if (grid === null) return; // there is no desktop to list
  const rows = byId("rows");
  const number = (count) => count.toLocaleString("en");

  // --- What the plan says of a desktop ---

  const kindOf = (desktop) => {
    const [workspace, group, action, reason, from, to, disks] = data.kinds[data.kind[desktop]];
    return { workspace, group, action, reason, from, to, disks };
  };
  const image = (place) => {
    if (place === null) return "never seen";
    const [short, id, , , revision] = data.images[place];
    return (id === null ? "unknown image" : short) + (revision === null ? "" : ` (${revision})`);
  };
  const wholeImage = (place) => {
    if (place === null) return "never seen";
    const [, id, type, system, revision] = data.images[place];
    const words = [id ?? "unknown image", type, system, revision === null ? null : `revision ${revision}`];
    return words.filter((word) => word !== null).join(", ");
  };
  const batchOf = (desktop) => (data.batch[desktop] === null ? "" : data.batches[data.batch[desktop]]);
  const disksOf = (disks) => (disks === null ? "not known" : disks === 0 ? "none" : String(disks));

  const columns = [
    { title: "Desktop", look: "name", text: (i) => data.names[i] ?? "–" },
    { title: "Id", look: "id", text: (i) => data.ids[i] },
    { title: "Group", look: "group", text: (i) => data.groups[kindOf(i).group] },
    { title: "Action", look: "action", text: (i) => actions[kindOf(i).action], key: (i) => kindOf(i).action },
    { title: "Reason", look: "reason", text: (i) => data.reasons[kindOf(i).reason] },
    { title: "From", look: "from", text: (i) => image(kindOf(i).from) },
    { title: "To", look: "to", text: (i) => image(kindOf(i).to) },
    { title: "Batch", look: "batch", text: batchOf, key: (i) => data.batch[i] ?? Infinity },
    { title: "Data disks", look: "disks", text: (i) => disksOf(kindOf(i).disks), key: (i) => kindOf(i).disks ?? Infinity },
  ];

  // --- Which desktops are listed, and in which order ---

  let shown = []; // places in the columns of the data
  let sorted = null; // {column, down}; null: as the batches are sent
  let active = 0; // place in `shown`

  const lower = (text) => (text === null ? "" : text.toLowerCase());
  let searchable = null;
  const makeSearchable = () => {
    searchable ??= {
      names: data.names.map(lower),
      ids: data.ids.map(lower),
      batches: data.batches.map(lower),
      kinds: data.kinds.map(([workspace, group, action, reason, from, to]) =>
        [data.workspaces[workspace], data.groups[group], actions[action], data.reasons[reason],
          wholeImage(from), wholeImage(to)].join("\n").toLowerCase()),
    };
    return searchable;
  };

  // One test for each word; a desktop is found where all of them hold.
  const testOf = (word) => {
    const { names, ids, batches, kinds } = makeSearchable();
    const inKind = kinds.map((text) => text.includes(word));
    const inBatch = batches.map((text) => text.includes(word));
    return (i) =>
      inKind[data.kind[i]] || (data.batch[i] !== null && inBatch[data.batch[i]]) ||
      names[i].includes(word) || ids[i].includes(word);
  };

  const select = () => {
    const action = byId("action").value;
    const group = byId("group").value;
    const bare = byId("bare").checked;
    const kinds = data.kinds.map((kind) =>
      (action === "" || kind[2] === Number(action)) && (group === "" || kind[1] === Number(group)) &&
      (!bare || kind[6] === 0));
    const words = lower(byId("search").value).split(/\s+/).filter((word) => word !== "");
    const tests = words.map(testOf);
    shown = [];
    for (let i = 0; i < data.ids.length; ++i) {
      if (kinds[data.kind[i]] && tests.every((test) => test(i))) shown.push(i);
    }
  };

  const sort = () => {
    if (sorted === null) return;
    const column = columns[sorted.column];
    const keyOf = column.key ?? ((i) => lower(column.text(i)));
    const keys = new Map(shown.map((i) => [i, keyOf(i)]));
    const direction = sorted.down ? -1 : 1;
    shown.sort((a, b) => {
      const x = keys.get(a);
      const y = keys.get(b);
      return x < y ? -direction : x > y ? direction : a - b;
    });
  };

  const tellCount = () => {
    const all = data.ids.length;
    const some = shown.length === all ? number(all) : `${number(shown.length)} of ${number(all)}`;
    const most = drawable() < shown.length ? ` The first ${number(drawable())} can be scrolled to.` : "";
    byId("count").textContent = `${some} ${all === 1 ? "desktop" : "desktops"}.${most}`;
  };

  const update = () => {
    select();
    sort();
    active = 0;
    grid.scrollTop = 0;
    grid.setAttribute("aria-rowcount", String(shown.length + 1));
    byId("reset").disabled = !isNarrowed();
    tellCount();
    layOut();
  };

  const isNarrowed = () => byId("search").value !== "" || byId("action").value !== "" || byId("group").value !== "" ||
    byId("bare").checked;

  // --- Drawing ---

  let rowHeight = 1;
  const drawn = []; // elements, in the order of the list
  const drawable = () => Math.min(shown.length, Math.floor(mostPixels / rowHeight));

  const element = (name, role, look) => {
    const made = document.createElement(name);
    if (role) made.setAttribute("role", role);
    if (look) made.className = look;
    return made;
  };

  const addRow = () => {
    const row = element("div", "row", "row");
    row.id = `row-${drawn.length}`;
    columns.forEach((column, c) => {
      const cell = element("div", "gridcell", column.look);
      cell.setAttribute("aria-colindex", String(c + 1));
      row.append(cell);
    });
    drawn.push(row);
    rows.append(row);
  };

  const fill = (row, place) => {
    const desktop = shown[place];
    const kind = kindOf(desktop);
    row.className = `row is-${looks[kind.action]}${kind.action === 0 && kind.disks === 0 ? " is-bare" : ""}`;
    row.setAttribute("aria-rowindex", String(place + 2));
    row.style.transform = `translateY(${place * rowHeight}px)`;
    columns.forEach((column, c) => {
      const text = column.text(desktop);
      row.children[c].textContent = text;
      row.children[c].title = text;
    });
  };

  const draw = () => {
    const first = Math.max(0, Math.floor(grid.scrollTop / rowHeight) - overscan);
    const wanted = Math.ceil(grid.clientHeight / rowHeight) + 2 * overscan;
    const count = Math.max(0, Math.min(drawable() - first, wanted));
    while (drawn.length < count) addRow();
    drawn.forEach((row, k) => {
      row.hidden = k >= count;
      if (k >= count) return;
      fill(row, first + k);
      const isActive = first + k === active;
      row.setAttribute("aria-selected", String(isActive));
      row.classList.toggle("is-active", isActive);
    });
    const isDrawn = active >= first && active < first + count;
    if (isDrawn) grid.setAttribute("aria-activedescendant", drawn[active - first].id);
    else grid.removeAttribute("aria-activedescendant");
  };

  const layOut = () => {
    rowHeight = parseFloat(getComputedStyle(grid).getPropertyValue("--row")) || 30;
    rows.style.height = `${drawable() * rowHeight}px`;
    draw();
  };

  // --- What the keyboard and the pointer do ---

  const go = (place) => {
    active = Math.max(0, Math.min(drawable() - 1, place));
    const seen = grid.clientHeight - byId("head").offsetHeight;
    const top = active * rowHeight;
    if (top < grid.scrollTop) grid.scrollTop = top;
    if (top + rowHeight > grid.scrollTop + seen) grid.scrollTop = top + rowHeight - seen;
    draw();
  };

  const showDetails = (desktop) => {
    const kind = kindOf(desktop);
    const name = data.names[desktop];
    byId("details-title").textContent = name ?? data.ids[desktop];
    const list = byId("details").querySelector("dl");
    list.replaceChildren();
    const facts = [
      ["Id", data.ids[desktop]],
      ["Name", name ?? "not known"],
      ["Group", `${data.groups[kind.group]}, in workspace ${data.workspaces[kind.workspace]}`],
      ["Action", kind.action === 0 ? "wipe" : `left alone: ${actions[kind.action]}`],
      ["Reason", data.reasons[kind.reason]],
      ["From", wholeImage(kind.from)],
      ["To", wholeImage(kind.to)],
      ["Batch", batchOf(desktop) || "none"],
      ["Data disks", disksOf(kind.disks)],
    ];
    for (const [term, text] of facts) {
      const description = element("dd");
      const heading = element("dt");
      heading.textContent = term;
      description.textContent = text;
      list.append(heading, description);
    }
    byId("details").showModal();
  };

  const onKey = (event) => {
    if (event.target !== grid || event.ctrlKey || event.altKey || event.metaKey) return;
    const page = Math.max(1, Math.floor(grid.clientHeight / rowHeight) - 2);
    const steps = { ArrowDown: 1, ArrowUp: -1, PageDown: page, PageUp: -page, Home: -Infinity, End: Infinity };
    if (event.key in steps) go(active + steps[event.key]);
    else if ((event.key === "Enter" || event.key === " ") && active < shown.length) showDetails(shown[active]);
    else return;
    event.preventDefault();
  };

  const onClick = (event) => {
    const k = drawn.indexOf(event.target.closest(".row"));
    if (k < 0) return;
    active = Number(drawn[k].getAttribute("aria-rowindex")) - 2;
    draw();
    showDetails(shown[active]);
  };

  const sortBy = (c) => {
    // Up, down, and as the batches are sent again.
    if (sorted === null || sorted.column !== c) sorted = { column: c, down: false };
    else sorted = sorted.down ? null : { column: c, down: true };
    [...byId("head").children].forEach((cell, at) => {
      if (sorted === null || sorted.column !== at) cell.removeAttribute("aria-sort");
      else cell.setAttribute("aria-sort", sorted.down ? "descending" : "ascending");
    });
    update();
  };

  const addHead = () => {
    columns.forEach((column, c) => {
      const cell = element("div", "columnheader", column.look);
      const button = element("button");
      button.type = "button";
      button.textContent = column.title;
      button.addEventListener("click", () => sortBy(c));
      cell.setAttribute("aria-colindex", String(c + 1));
      cell.append(button);
      byId("head").append(cell);
    });
    grid.setAttribute("aria-colcount", String(columns.length));
  };

  const addOption = (id, value, text) => {
    const option = element("option");
    option.value = value;
    option.textContent = text;
    byId(id).append(option);
  };

  // Those that there are, and how many of each.
  const addOptions = (id, all, names, field) => {
    const counts = names.map(() => 0);
    for (const kind of data.kind) ++counts[data.kinds[kind][field]];
    addOption(id, "", all);
    names.forEach((name, value) => {
      if (counts[value] > 0) addOption(id, String(value), `${name} (${number(counts[value])})`);
    });
  };

  const show = (filters) => {
    byId("search").value = filters.search ?? "";
    byId("action").value = filters.action ?? "";
    byId("group").value = filters.group ?? "";
    byId("bare").checked = false;
    update();
  };

  const listen = () => {
    for (const id of ["search", "action", "group", "bare"]) byId(id).addEventListener("input", update);
    byId("reset").addEventListener("click", () => {
      show({});
      byId("search").focus();
    });
    let waiting = false;
    grid.addEventListener("scroll", () => {
      if (waiting) return;
      waiting = true;
      requestAnimationFrame(() => {
        waiting = false;
        draw();
      });
    });
    grid.addEventListener("keydown", onKey);
    rows.addEventListener("click", onClick);
    new ResizeObserver(layOut).observe(grid);
    byId("details").querySelector("button").addEventListener("click", () => byId("details").close());
    document.addEventListener("click", (event) => {
      const group = event.target.closest("a[data-group]");
      if (group) show({ group: String(data.groups.indexOf(group.dataset.group)) });
      const batch = event.target.closest("[data-batch]");
      if (!batch) return;
      show({ search: batch.dataset.batch });
      byId("desktops").scrollIntoView();
    });
  };

  byId("list").hidden = false;
  addOptions("action", "all", actions, 2);
  addOptions("group", "all", data.groups, 1);
  addHead();
  listen();
  update();
})();
