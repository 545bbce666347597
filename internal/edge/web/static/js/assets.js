/* The bulk bar of the ledger stays away until a row is selected. Without this
   script it is always there, and works. */
(function () {
  "use strict";
  document.addEventListener("DOMContentLoaded", function () {
    document.querySelectorAll("table[data-select]").forEach(function (table) {
      var bar = document.getElementById(table.dataset.select);
      if (bar && !table.querySelector("tbody .ck input:checked")) bar.hidden = true;
    });
  });
})();
