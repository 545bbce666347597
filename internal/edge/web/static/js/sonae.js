/* Sonae shell behaviour. Everything here is an enhancement: pages work without it. */
(function () {
  "use strict";
  var root = document.documentElement;
  root.classList.add("js");

  function toast(text) {
    var box = document.getElementById("toasts");
    if (!box) return;
    var t = document.createElement("div");
    t.className = "toast";
    t.textContent = text;
    box.append(t);
    setTimeout(function () { t.remove(); }, 6000);
  }

  function openDialog(id) {
    var d = document.getElementById(id);
    if (d && d.showModal && !d.open) d.showModal();
  }

  document.addEventListener("click", function (e) {
    var el = e.target.closest("[data-open],[data-nav-toggle],[data-print],[data-copy]");
    document.querySelectorAll("details.menu[open]").forEach(function (m) { if (!m.contains(e.target)) m.open = false; });
    if (!el) return;
    var d = el.dataset;
    if (d.open) { e.preventDefault(); openDialog(d.open); }
    if ("print" in d) window.print();
    if (d.copy) copy(d.copy, d.copied);
    if ("navToggle" in d) el.setAttribute("aria-expanded", String(document.body.classList.toggle("nav-open")));
  });

  // Copy the text of an element that is shown once (codes, tokens, links).
  function copy(id, done) {
    var from = document.getElementById(id);
    if (!from || !navigator.clipboard) return;
    navigator.clipboard.writeText(from.textContent.trim()).then(function () { if (done) toast(done); });
  }

  document.addEventListener("keydown", function (e) {
    if ((e.ctrlKey || e.metaKey) && e.key.toLowerCase() === "k") {
      var q = document.getElementById("omni-q");
      if (q) { e.preventDefault(); q.focus(); q.select(); }
    }
    if (e.key === "Escape") {
      var m = document.querySelector("details.menu[open]");
      if (m) { m.open = false; m.querySelector("summary").focus(); }
    }
    // Arrow keys walk through open menus.
    if (e.key === "ArrowDown" || e.key === "ArrowUp") {
      var box = e.target.closest(".menu[open]");
      if (!box) return;
      var items = Array.from(box.querySelectorAll("summary, .menu-pop a[href], .menu-pop button"));
      var n = items.indexOf(document.activeElement) + (e.key === "ArrowDown" ? 1 : -1);
      if (items[n]) { e.preventDefault(); items[n].focus(); }
    }
  });

  // Row selection: count, select-all, bulk bar.
  document.addEventListener("change", function (e) {
    if (e.target.matches("select[data-submit]")) { e.target.form.requestSubmit(); return; }
    var table = e.target.closest("table[data-select]");
    if (!table || e.target.type !== "checkbox") return;
    var boxes = Array.from(table.querySelectorAll("tbody .ck input"));
    if (e.target.closest("thead")) boxes.forEach(function (b) { b.checked = e.target.checked; });
    boxes.forEach(function (b) { b.closest("tr").classList.toggle("sel", b.checked); });
    var n = boxes.filter(function (b) { return b.checked; }).length;
    var bar = document.getElementById(table.dataset.select);
    bar.hidden = n === 0;
    bar.querySelector("[data-n]").textContent = String(n);
  });

  // Buttons that need this script are in the page but hidden until it runs.
  document.addEventListener("DOMContentLoaded", function () {
    document.querySelectorAll("[data-needs-js]").forEach(function (n) { n.hidden = false; });
    var bad = document.querySelector("[aria-invalid=true]");
    if (bad) bad.focus();
  });

  window.sonae = { toast: toast };
})();
