/* The network map that people move about in. Places come from the server; the browser
   lays nothing out. Searching, paths and ports are answered by the page itself: it is
   fetched anew and its parts are exchanged, so that drawing and tables never differ.
   Without this script, or without cytoscape, the drawing of the page stays as it is. */
(function () {
  "use strict";
  var box = document.querySelector("[data-map-live]");
  if (!box || !box.dataset.lib || !window.fetch) return;
  var still = window.matchMedia("(prefers-reduced-motion: reduce)");
  var detail = document.getElementById("map-detail");
  var cy, data, symbols = {}, moving = false, marking = false, chosen = null, boxesOf = [], linksOf = [], within = [], store = "sonae-map:" + box.dataset.source;

  /* Looks: the colours of the page's own theme. */
  function css(name) { return getComputedStyle(document.documentElement).getPropertyValue("--" + name).trim(); }
  // Every node has a picture, if an empty one: cytoscape 3.34 takes "no picture" for one
  // that is still loading and then works out the looks of all boxes anew for each frame.
  var nothing = "data:image/svg+xml;utf8," + encodeURIComponent('<svg xmlns="http://www.w3.org/2000/svg" width="1" height="1"/>');
  var pictures = {};
  function picture(icon, colour) {
    var key = icon + colour;
    if (!(key in pictures)) {
      pictures[key] = symbols[icon] ? "data:image/svg+xml;utf8," + encodeURIComponent('<svg xmlns="http://www.w3.org/2000/svg" width="40" height="40" viewBox="0 0 24 24" fill="none" stroke="' + colour + '" stroke-width="2" stroke-linecap="round" stroke-linejoin="round">' + symbols[icon] + "</svg>") : nothing;
    }
    return pictures[key];
  }
  // Tone → words for background, edge, text, icon; width; dashed.
  var tones = {
    "": ["surface", "line-2", "text", "text-3", 1], edge: ["surface", "text-3", "text", "text-3", 1.25], entry: ["entry-bg", "entry", "text", "entry", 2],
    proposed: ["surface", "entry", "text", "entry", 2, true], unknown: ["danger-bg", "danger-line", "danger", "danger", 2, true],
    visitor: ["hold-bg", "hold-line", "hold", "hold", 1.5, true], clash: ["warn-bg", "warn-line", "warn", "warn", 2]
  };
  function looks() {
    var out = [
      { selector: "node", style: { "background-image": nothing, shape: "round-rectangle", width: "data(w)", height: "data(h)", label: "data(label)", "font-family": css("font"), "font-size": 12, "line-height": 1.33, "text-wrap": "wrap", "text-valign": "center", "text-halign": "center", "text-justification": "left", "text-margin-x": "data(mx)", "min-zoomed-font-size": 6.5, "background-width": 18, "background-height": 18, "background-position-x": 6, "background-position-y": "50%", "background-clip": "none", "corner-radius": 6 } },
      { selector: "node.area", style: { shape: "round-rectangle", "background-color": css("sunken"), "background-opacity": 1, "border-color": css("line"), "border-width": 1, "z-compound-depth": "bottom", color: css("text"), "font-weight": 700, "text-valign": "top", "text-margin-x": 0, "text-margin-y": -3, "text-justification": "center" } },
      { selector: "node.sign", style: { width: 1, height: 1, "background-opacity": 0, "border-width": 0, events: "no", "font-weight": 700, "font-size": "data(size)", "min-zoomed-font-size": 0, color: css("text"), "text-margin-x": 0, "text-justification": "center", "text-max-width": "data(room)", "text-background-color": css("surface"), "text-background-opacity": 0.86, "text-background-padding": "data(pad)", "text-background-shape": "round-rectangle", "z-compound-depth": "top", display: "none" } },
      { selector: "node.sign.far", style: { display: "element" } },
      { selector: "edge", style: { width: 1.5, "line-color": css("text-3"), "curve-style": "taxi", "taxi-direction": "vertical", "taxi-turn": 28, "taxi-turn-min-distance": 6, "source-endpoint": "outside-to-node", "target-endpoint": "outside-to-node", events: "no", "z-index": 1 } },
      { selector: "edge.entry", style: { width: 3, "line-color": css("entry"), "z-index": 9 } },
      { selector: "edge.proposed", style: { width: 2, "line-color": css("entry"), "line-style": "dashed", "z-index": 8 } },
      { selector: "edge.stale", style: { "line-color": css("line-2"), "line-style": "dashed" } },
      { selector: "edge.hang", style: { "curve-style": "straight", width: 2.5, "line-color": css("key"), "z-index": 20, "z-compound-depth": "top" } },
      { selector: "edge.step", style: { "curve-style": "straight", width: 5, "line-color": css("key"), "z-index": 21, "z-compound-depth": "top" } }
    ];
    Object.keys(tones).forEach(function (tone) {
      var t = tones[tone], icon = css(t[3]);
      out.splice(1, 0, { selector: 'node[tone="' + tone + '"]', style: { "background-color": css(t[0]), "border-color": css(t[1]), color: css(t[2]), "border-width": t[4], "border-style": t[5] ? "dashed" : "solid", "font-weight": tone === "unknown" || tone === "clash" ? 700 : 400, "background-image": function (n) { return picture(n.data("icon"), icon); } } });
    });
    return out.concat([
      { selector: ".dim", style: { opacity: 0.16 } },
      { selector: "node.new", style: { "border-color": css("ok"), "border-width": 4, "border-style": "solid" } },
      { selector: "node.hit", style: { "min-zoomed-font-size": 4, "border-color": css("key"), "border-width": 3 } },
      { selector: "node.near", style: { opacity: 1, "border-color": css("key"), "border-width": 2.5 } },
      { selector: "node:selected", style: { "overlay-color": "#ffd43d", "overlay-opacity": 0.4, "overlay-padding": 5 } },
      { selector: "node:active, edge:active", style: { "overlay-opacity": 0 } },
      { selector: "core", style: { "active-bg-opacity": 0, "outside-texture-bg-color": css("surface"), "outside-texture-bg-opacity": 1, "selection-box-opacity": 0 } }
    ]);
  }

  /* Drawing. */
  // Labels begin beside the icon: cytoscape puts them in the middle of the box.
  var pen = document.createElement("canvas").getContext("2d");
  function wide(label) {
    return label.split("\n").reduce(function (most, line) { return Math.max(most, pen.measureText(line).width); }, 0);
  }
  function elements() {
    var list = [];
    boxesOf = data.nodes.map(function () { return []; });
    linksOf = data.nodes.map(function () { return []; });
    data.links.forEach(function (l) { linksOf[l.a].push(l); linksOf[l.b].push(l); });
    within = data.boxes.map(function () { return []; });
    data.boxes.forEach(function (b, i) {
      var label = b.t + (b.s ? "\n" + b.s : "");
      var d = { mx: b.a ? 0 : 28 - b.w / 2 + wide(label) / 2, id: "b" + i, label: label, w: b.w, h: b.h, tone: b.o || "", icon: b.i || "", box: i };
      if (b.p !== undefined) within[b.p].push(i);
      if (b.n !== undefined) boxesOf[b.n].push(i);
      if (b.a) {
        delete d.tone;
        list.push({ group: "nodes", data: d, classes: "area", position: { x: b.x + b.w / 2, y: b.y + b.h / 2 }, selectable: false });
        list.push({ group: "nodes", data: { id: "s" + i, label: b.t + (b.s ? "\n" + b.s : ""), w: 1, h: 1, size: 12, room: 100, pad: 3, sign: i }, classes: "sign", position: { x: b.x + b.w / 2, y: b.y + b.h / 2 }, selectable: false, grabbable: false });
      } else {
        list.push({ group: "nodes", data: d, position: { x: b.x + b.w / 2, y: b.y + b.h / 2 } });
      }
    });
    data.lines.forEach(function (l, i) {
      list.push({ group: "edges", data: { id: "l" + i, source: "b" + l.a, target: "b" + l.b }, classes: l.k + (l.s ? " stale" : ""), selectable: false });
    });
    return list;
  }

  // Far away the names of devices cannot be read; those of the segments grow instead.
  var step = null;
  function near() {
    var zoom = cy.zoom(), now = zoom >= 0.55 ? "near" : Math.round(Math.log2(zoom) * 3);
    if (now === step) return;
    step = now;
    // With everything in sight a picture of the map is moved until the hand rests; near by
    // there is little to draw, and what comes into sight shall be seen at once.
    cy.renderer().textureOnViewport = now !== "near" && data.boxes.length > 600;
    cy.batch(function () {
      cy.nodes(".sign").forEach(function (n) {
        var b = data.boxes[n.data("sign")], shown = b.w * zoom;
        n.toggleClass("far", now !== "near" && shown > 44);
        if (now !== "near") n.data({ size: (shown > 110 ? 13 : 11) / zoom, room: b.w * 0.96, pad: 2 / zoom, label: b.t.replace(/\n/g, " ") + (b.s && shown > 170 && b.h * zoom > 60 ? "\n" + b.s : "") });
      });
    });
  }
  // A frame reaches around what is in it, also when that was moved away by hand. Frames
  // are boxes like the others: with cytoscape's own (compound nodes) thousands of boxes
  // cannot be panned smoothly.
  function frame(i) {
    var b = data.boxes[i], x = b.x, y = b.y, right = b.x + b.w, low = b.y + b.h;
    within[i].forEach(function (k) {
      var c = data.boxes[k], p = cy.getElementById("b" + k).position();
      x = Math.min(x, p.x - c.w / 2 - 12); right = Math.max(right, p.x + c.w / 2 + 12);
      y = Math.min(y, p.y - c.h / 2 - 12); low = Math.max(low, p.y + c.h / 2 + 12);
    });
    var n = cy.getElementById("b" + i), at = { x: (x + right) / 2, y: (y + low) / 2 };
    if (n.data("w") !== right - x || n.data("h") !== low - y) n.data({ w: right - x, h: low - y });
    n.position(at);
    cy.getElementById("s" + i).position(at);
  }
  function frames() {
    cy.batch(function () { data.boxes.forEach(function (b, i) { if (b.a) frame(i); }); });
  }

  // All boxes in sight. cytoscape's own fit measures every label first.
  function fit() {
    var x = Infinity, y = Infinity, right = -Infinity, low = -Infinity;
    cy.nodes("[box]").forEach(function (n) {
      var p = n.position(), w = n.data("w") / 2, h = n.data("h") / 2;
      x = Math.min(x, p.x - w); right = Math.max(right, p.x + w); y = Math.min(y, p.y - h); low = Math.max(low, p.y + h);
    });
    if (x === Infinity) return;
    var w = box.clientWidth, h = box.clientHeight, zoom = Math.max(cy.minZoom(), Math.min(1.1, (w - 32) / (right - x), (h - 32) / (low - y)));
    cy.viewport({ zoom: zoom, pan: { x: w / 2 - zoom * (x + right) / 2, y: h / 2 - zoom * (y + low) / 2 } });
  }
  function remember() {
    try { sessionStorage.setItem(store, JSON.stringify({ zoom: cy.zoom(), pan: cy.pan() })); } catch (e) { /* only a comfort */ }
  }
  function recall() {
    try {
      var v = JSON.parse(sessionStorage.getItem(store));
      if (v && v.zoom > 0) { cy.viewport({ zoom: v.zoom, pan: v.pan }); return true; }
    } catch (e) { /* only a comfort */ }
    return false;
  }

  function draw() {
    pen.font = "12px " + css("font");
    var guard = document.createElement("link"); // cytoscape adds its own <style> unless this is there
    guard.id = "__________cytoscape_stylesheet";
    guard.media = "not all";
    document.head.append(guard);
    document.querySelectorAll("[data-map-tool]").forEach(function (n) { n.hidden = false; });
    view(true);
    cy = window.cytoscape({
      container: box, elements: elements(), style: looks(), layout: { name: "preset", fit: false }, minZoom: 0.03, maxZoom: 3, wheelSensitivity: 1, userZoomingEnabled: false, boxSelectionEnabled: false, autounselectify: false,
      selectionType: "single", pixelRatio: data.boxes.length > 600 ? 1 : "auto", hideEdgesOnViewport: false, textureOnViewport: false, motionBlur: false
    });
    cy.nodes().panify();
    frames();
    if (!recall()) fit();
    near();
    cy.on("zoom", function () { near(); });
    cy.on("viewport", later(remember, 300));
    cy.on("tap", "node", function (e) { if (!e.target.hasClass("area")) choose(e.target); });
    cy.on("tap", function (e) { if (e.target === cy || e.target.hasClass && e.target.hasClass("area")) choose(null); });
    cy.on("dbltap", "node", function (e) { open(e.target); });
    cy.on("grab", "node", function (e) { var p = e.target.position(); held = { x: p.x, y: p.y }; });
    cy.on("drag", "node", function (e) { if (moving) carried(e.target); });
    cy.on("dragfree", "node", function (e) { placed(e.target); });
    marks();
    cy.one("render", function () { performance.mark("sonae-map"); });
    box.dataset.ready = "true";
  }

  function later(f, ms) {
    var t, run = function () { clearTimeout(t); t = setTimeout(f, ms); };
    run.not = function () { clearTimeout(t); };
    return run;
  }

  /* What the page says: what is looked for, the path, what changed. */
  function facts() { return document.getElementById("map-facts").dataset; }
  function numbers(text) { return text ? text.split(" ").map(Number) : []; }
  function boxesFor(list) {
    var out = cy.collection();
    list.forEach(function (n) { (boxesOf[n] || []).forEach(function (i) { out = out.union(cy.getElementById("b" + i)); }); });
    return out;
  }
  function marks() {
    var f = facts();
    if (f.hash !== data.hash) { reload(); return; }
    var changed = numbers(f.changed), path = numbers(f.path), only = f.filtered ? numbers(f.match) : marking ? changed : null;
    var keep = {};
    (only || []).forEach(function (n) { keep[n] = true; });
    cy.batch(function () {
      cy.edges(".step").remove();
      cy.nodes().removeClass("dim hit new");
      if (only || path.length) {
        if (path.length) keep = path.reduce(function (all, n) { all[n] = true; return all; }, {});
        cy.nodes("[box]").not(".area").forEach(function (n) {
          var b = data.boxes[n.data("box")];
          if (b.n === undefined ? true : !keep[b.n]) n.addClass("dim");
        });
      }
      if (marking) boxesFor(changed).addClass("new");
      boxesFor(path).addClass("hit");
      for (var i = 1; i < path.length; i++) {
        var a = boxesOf[path[i - 1]][0], b = boxesOf[path[i]][0];
        if (a !== undefined && b !== undefined) cy.add({ group: "edges", data: { source: "b" + a, target: "b" + b }, classes: "step", selectable: false });
      }
    });
    if (path.length) show(boxesFor(path));
  }
  function show(list, zoom) {
    if (!list.length) return;
    var how = list.length === 1 ? { center: { eles: list }, zoom: Math.max(cy.zoom(), zoom || 0.9) } : { fit: { eles: list, padding: 60 } };
    if (still.matches) {
      if (how.fit) cy.fit(list, 60); else { cy.zoom(how.zoom); cy.center(list); }
    } else cy.animate(how, { duration: 250 });
  }

  /* The parts of the page are exchanged when something is asked. */
  var asked = 0;
  function ask(url, parts, then) {
    var mine = ++asked;
    box.setAttribute("aria-busy", "true");
    fetch(url, { credentials: "same-origin", headers: { "Accept": "text/html" } }).then(function (r) {
      if (!r.ok || r.redirected) throw new Error(String(r.status));
      return r.text();
    }).then(function (text) {
      if (mine !== asked) return;
      var page = new DOMParser().parseFromString(text, "text/html");
      parts.concat(["map-facts"]).forEach(function (id) {
        var from = page.getElementById(id), to = document.getElementById(id);
        if (from && to) to.replaceWith(document.importNode(from, true));
      });
      history.replaceState(null, "", url);
      marks();
      box.removeAttribute("aria-busy");
      if (then) then();
    }).catch(function () { location.assign(url); });
  }
  function address(form) {
    var u = new URL(location.href), keep = new URLSearchParams();
    new FormData(form).forEach(function (v, k) { if (v !== "") keep.append(k, v); });
    u.search = keep.toString();
    u.hash = "";
    return u.pathname + (u.search || "");
  }
  function first() {
    var f = facts(), list = numbers(f.match);
    if (f.filtered && list.length) { var b = boxesFor([list[0]])[0]; if (b) { choose(b); show(b); } }
  }
  var find = document.querySelector("form[role=search][data-map-find]");
  var typed = later(function () { if (cy && document.activeElement && document.activeElement.type === "search") ask(address(find), ["devices"]); }, 350);
  document.addEventListener("submit", function (e) {
    var form = e.target;
    if (!cy || !form.matches("[data-map-ask]")) return;
    e.preventDefault();
    typed.not(); // Enter asks at once, and its answer must not be overtaken
    var part = form.dataset.mapAsk;
    ask(address(form), part === "find" ? ["devices"] : [part], function () {
      if (part === "find") first();
      else if (part === "port") document.getElementById("port").scrollIntoView({ block: "nearest" });
    });
  });
  if (find) {
    find.addEventListener("change", function (e) { if (cy && e.target.matches("select")) ask(address(find), ["devices"], first); });
    find.addEventListener("input", typed);
  }

  /* The card of one device. */
  function field(name) { return detail.querySelector('[data-f="' + name + '"]'); }
  function say(name, text) {
    var el = field(name);
    el.textContent = text || "";
    var row = el.closest("dd");
    if (row) { row.hidden = !text; row.previousElementSibling.hidden = !text; }
  }
  function choose(n) {
    cy.batch(function () {
      cy.edges(".hang").remove();
      cy.nodes(".near").removeClass("near");
      cy.nodes(":selected").unselect();
    });
    chosen = n;
    detail.hidden = !n;
    if (!n) return;
    n.select();
    var b = data.boxes[n.data("box")], node = b.n === undefined ? null : data.nodes[b.n];
    say("name", node ? node.n : b.d ? b.d.split("\n")[0] : b.t);
    say("kind", node ? node.d : b.d ? b.d.split("\n").slice(1).join(" ") : b.s);
    say("maker", node && node.m);
    say("addrs", node && (node.a || []).join(", "));
    say("macs", node && node.x);
    say("segments", node && (node.g || []).map(function (i) { return data.segments[i]; }).join(", "));
    say("last", node && node.l);
    var state = field("state");
    state.textContent = node ? node.s : "";
    state.className = "badge badge-" + (node ? node.c : "unknown");
    state.hidden = !node;
    var href = node ? node.h : b.h_, go = field("open");
    go.hidden = !href;
    if (href) go.href = href;
    detail.querySelectorAll("[data-needs-node]").forEach(function (x) { x.hidden = !node; });
    field("ports").hidden = !node || !node.p;
    hang(b, node, n);
    var place = detail.querySelector("form[data-map-place]");
    if (place) { place.elements.x.value = Math.round(n.position("x") - b.w / 2); place.elements.y.value = Math.round(n.position("y") - b.h / 2); }
  }
  function hang(b, node, n) {
    var list = field("links");
    list.textContent = "";
    if (!node) { say("count", ""); return; }
    var all = linksOf[b.n];
    say("count", all.length ? String(all.length) : "");
    all.slice(0, 40).forEach(function (l) {
      var here = l.a === b.n, other = here ? l.b : l.a, item = document.createElement("li"), to = document.createElement("button");
      to.type = "button";
      to.className = "map-link";
      to.textContent = data.nodes[other].n;
      to.addEventListener("click", function () { var x = boxesFor([other])[0]; if (x) { choose(x); show(x); } });
      item.append((here ? l.p : l.q) ? (here ? l.p : l.q) + " " : "", to, ((here ? l.q : l.p) ? " " + (here ? l.q : l.p) : "") + " · " + l.k);
      list.append(item);
    });
    cy.batch(function () {
      all.slice(0, 400).forEach(function (l) {
        var x = boxesFor([l.a === b.n ? l.b : l.a])[0];
        if (!x || x.id() === n.id()) return;
        x.addClass("near");
        cy.add({ group: "edges", data: { source: n.id(), target: x.id() }, classes: "hang", selectable: false });
      });
    });
  }
  function open(n) {
    var b = data.boxes[n.data("box")], href = b && (b.n === undefined ? b.h_ : data.nodes[b.n].h);
    if (href) location.assign(href);
  }
  function turn(by) {
    var f = facts(), list = f.filtered ? numbers(f.match) : marking ? numbers(f.changed) : data.nodes.map(function (x, i) { return i; });
    list = list.filter(function (i) { return boxesOf[i].length; }).sort(function (a, b) { var p = data.boxes[boxesOf[a][0]], q = data.boxes[boxesOf[b][0]]; return p.y - q.y || p.x - q.x; });
    if (!list.length) return;
    var at = chosen ? list.indexOf(data.boxes[chosen.data("box")].n) : by > 0 ? -1 : 0;
    var next = boxesFor([list[(at + by + list.length) % list.length]])[0];
    choose(next);
    show(next, cy.zoom());
  }

  /* Moving boxes: saved at once, for everybody. */
  function corner(n) {
    var b = data.boxes[n.data("box")];
    return { x: Math.max(0, Math.round(n.position("x") - b.w / 2)), y: Math.max(0, Math.round(n.position("y") - b.h / 2)) };
  }
  // What is in a frame goes with it, and a frame with what is moved out of it.
  var held = null;
  function carried(n) {
    var i = n.data("box"), b = data.boxes[i], p = n.position(), by = { x: p.x - held.x, y: p.y - held.y };
    cy.batch(function () {
      if (b.a) {
        within[i].forEach(function (k) { cy.getElementById("b" + k).shift(by); });
        cy.getElementById("s" + i).position(p);
      } else if (b.p !== undefined) frame(b.p);
    });
    if (b.a) { b.x += by.x; b.y += by.y; }
    held = { x: p.x, y: p.y };
  }
  function placed(n) {
    if (!moving) return;
    var i = n.data("box"), b = data.boxes[i], send = [];
    if (b.a) {
      // A frame is where it would stand if nothing in it had been moved; what was moved
      // by hand has a place of its own.
      within[i].forEach(function (k) {
        var cb = data.boxes[k], at = corner(cy.getElementById("b" + k));
        if (cb.m) send.push([cb.k, at.x, at.y]);
        cb.x = at.x; cb.y = at.y;
      });
      b.x = Math.max(0, Math.round(b.x)); b.y = Math.max(0, Math.round(b.y));
      frame(i);
      send.push([b.k, b.x, b.y]);
    } else {
      var at = corner(n);
      b.x = at.x; b.y = at.y; b.m = true;
      if (b.p !== undefined) frame(b.p); // keys and numbers move it, too
      send.push([b.k, at.x, at.y]);
    }
    save(send);
  }
  function save(list) {
    var body = new URLSearchParams({ facility: box.dataset.facility });
    list.forEach(function (p) { body.append("box", p[0]); body.append("x", p[1]); body.append("y", p[2]); });
    box.setAttribute("aria-busy", "true");
    fetch("/network/places", { method: "POST", credentials: "same-origin", headers: { "Accept": "application/json" }, body: body }).then(function (r) {
      if (r.status === 204) { window.sonae.toast(box.dataset.saved); box.dataset.moved = String(Number(box.dataset.moved || 0) + 1); return; }
      return r.json().catch(function () { return {}; }).then(function (j) { throw new Error(j.error || box.dataset.failed); });
    }).catch(function (e) {
      window.sonae.toast(e instanceof TypeError || !e.message ? box.dataset.failed : e.message);
    }).then(function () { box.removeAttribute("aria-busy"); });
  }
  var saveLater = later(function () { if (chosen) placed(chosen); }, 600);

  /* Buttons, keys, theme. */
  function zoom(by) {
    cy.zoom({ level: cy.zoom() * by, renderedPosition: { x: box.clientWidth / 2, y: box.clientHeight / 2 } });
  }
  function view(live) {
    box.hidden = !live;
    document.querySelector("[data-map-still]").classList.toggle("map-off", live);
    document.querySelectorAll("[data-map-only]").forEach(function (n) { n.hidden = n.dataset.mapOnly !== (live ? "live" : "still"); });
    document.querySelectorAll("[data-map-view]").forEach(function (n) { n.setAttribute("aria-pressed", String(n.dataset.mapView === (live ? "live" : "still"))); });
    if (live && cy) cy.resize();
  }
  function press(b, on) { b.setAttribute("aria-pressed", String(on)); }
  document.addEventListener("click", function (e) {
    var b = e.target.closest("[data-map-tool],[data-map-view],[data-map-act]");
    if (!b || !cy) return;
    var d = b.dataset;
    if (d.mapView) view(d.mapView === "live");
    switch (d.mapTool) {
      case "in": zoom(1.4); break;
      case "out": zoom(1 / 1.4); break;
      case "fit": fit(); break;
      case "next": turn(1); break;
      case "previous": turn(-1); break;
      case "changed": marking = !marking; press(b, marking); marks(); if (marking) show(boxesFor(numbers(facts().changed))); break;
      case "move": moving = !moving; press(b, moving); if (moving) cy.nodes().unpanify(); else cy.nodes().panify(); box.classList.toggle("map-moving", moving); break;
    }
    if (!d.mapAct || !chosen) return;
    var node = data.boxes[chosen.data("box")].n;
    switch (d.mapAct) {
      case "close": choose(null); box.focus(); break;
      case "from": case "to": end(d.mapAct, data.nodes[node]); break;
      case "ports":
        var at = document.getElementById("map-at");
        if (at) { at.value = data.nodes[node].k; at.form.requestSubmit(); }
        break;
    }
  });
  // One end of a path; when both are known the way is looked for.
  var ends = {};
  function end(which, node) {
    var input = document.getElementById("map-" + which);
    if (!input) return;
    if (input.tagName === "SELECT") { var text = document.createElement("input"); text.className = "input"; text.id = input.id; text.name = input.name; input.replaceWith(text); input = text; }
    input.value = node.n;
    ends[which] = node.k;
    var form = input.form, other = form.elements[which === "from" ? "to" : "from"];
    if (!other.value) { input.scrollIntoView({ block: "nearest" }); return; }
    var u = new URL(address(form), location.href);
    ["from", "to"].forEach(function (w) { if (ends[w]) u.searchParams.set(w, ends[w]); });
    ask(u.pathname + u.search, ["path"]);
  }
  document.addEventListener("submit", function (e) {
    if (!cy || !chosen || !e.target.matches("[data-map-place]")) return;
    e.preventDefault();
    var b = data.boxes[chosen.data("box")], f = e.target.elements;
    chosen.position({ x: Math.max(0, Number(f.x.value)) + b.w / 2, y: Math.max(0, Number(f.y.value)) + b.h / 2 });
    var was = moving;
    moving = true;
    placed(chosen);
    moving = was;
    show(chosen);
  });
  box.addEventListener("keydown", function (e) {
    if (!cy || e.ctrlKey || e.metaKey || e.altKey) return;
    var by = { ArrowLeft: [1, 0], ArrowRight: [-1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] }[e.key];
    if (by && moving && chosen && !chosen.hasClass("area")) {
      chosen.shift({ x: -8 * by[0], y: -8 * by[1] });
      saveLater();
    } else if (by) cy.panBy({ x: 80 * by[0], y: 80 * by[1] });
    else if (e.key === "+" || e.key === ";" || e.key === "=") zoom(1.4);
    else if (e.key === "-") zoom(1 / 1.4);
    else if (e.key === "0") fit();
    else if (e.key === "n" || e.key === "N") turn(1);
    else if (e.key === "p" || e.key === "P") turn(-1);
    else if (e.key === "Enter" && chosen) open(chosen);
    else if (e.key === "Escape" && chosen) choose(null);
    else return;
    e.preventDefault();
  });
  // The wheel scrolls the page; with Ctrl (and on touchpads by pinching) it zooms.
  box.addEventListener("wheel", function (e) {
    if (!cy || !e.ctrlKey) return;
    e.preventDefault();
    var r = box.getBoundingClientRect();
    cy.zoom({ level: cy.zoom() * Math.pow(1.0018, -e.deltaY), renderedPosition: { x: e.clientX - r.left, y: e.clientY - r.top } });
  }, { passive: false });
  function restyle() { if (cy) { cy.style(looks()); step = null; near(); } }
  new MutationObserver(restyle).observe(document.documentElement, { attributes: true, attributeFilter: ["data-theme"] });
  window.matchMedia("(prefers-color-scheme: dark)").addEventListener("change", restyle);

  /* Beginning. */
  function read() {
    return fetch(box.dataset.source, { credentials: "same-origin" }).then(function (r) {
      if (!r.ok || r.redirected) throw new Error(String(r.status));
      return r.json();
    });
  }
  // The facts changed while the page was open: numbers of devices hold for one state only.
  var reloaded = 0;
  function reload() {
    if (++reloaded > 3) return;
    read().then(function (d) {
      data = d;
      choose(null);
      cy.elements().remove();
      cy.add(elements());
      if (!moving) cy.nodes().panify();
      step = null;
      frames();
      near();
      if (facts().hash === data.hash) marks();
    }).catch(function () { /* the drawing stays as it was */ });
  }
  function library() {
    return new Promise(function (done, failed) {
      var s = document.createElement("script");
      s.src = box.dataset.lib;
      s.onload = done;
      s.onerror = failed;
      document.head.append(s);
    });
  }
  function icons() {
    return fetch(box.dataset.sprite).then(function (r) { return r.text(); }).then(function (t) {
      new DOMParser().parseFromString(t, "image/svg+xml").querySelectorAll("symbol").forEach(function (s) {
        symbols[s.id] = Array.from(s.children).map(function (c) { return new XMLSerializer().serializeToString(c); }).join("");
      });
    }).catch(function () { /* icons are a comfort */ });
  }
  Promise.all([read(), library(), icons(), document.fonts ? document.fonts.load("12px " + css("font").split(",")[0]).catch(function () {}) : null]).then(function (all) {
    data = all[0];
    draw();
  }).catch(function (e) { view(false); box.dataset.error = String(e && e.stack); box.dataset.ready = "failed"; });
})();
