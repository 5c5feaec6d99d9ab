// Numbers shown in full go away by themselves; filters lie open where there is room; branches of the tree fold.
(function () {
  function hide(box) {
    box.querySelectorAll("[data-secret]").forEach(function (fact) { fact.textContent = "••••••"; });
    if (window.htmx) { window.htmx.ajax("GET", box.dataset.masked, { target: box, swap: "outerHTML" }); }
  }
  function watch() {
    document.querySelectorAll("[data-hide-after]:not([data-watched])").forEach(function (box) {
      box.dataset.watched = "1";
      window.setTimeout(function () { hide(box); }, Number(box.dataset.hideAfter) * 1000);
    });
  }
  document.addEventListener("DOMContentLoaded", function () {
    watch();
    if (window.matchMedia("(min-width: 900px)").matches) {
      document.querySelectorAll("details[data-open-wide]").forEach(function (box) { box.open = true; });
    }
  });
  document.addEventListener("htmx:afterSettle", watch);
  // A page kept for the "back" button must not keep what was shown for a minute.
  window.addEventListener("pagehide", function () {
    document.querySelectorAll("[data-secret]").forEach(function (fact) { fact.textContent = "••••••"; });
  });
  document.addEventListener("click", function (event) {
    var button = event.target.closest("[data-unfold]");
    if (!button) { return; }
    var open = button.getAttribute("aria-expanded") === "true";
    button.setAttribute("aria-expanded", open ? "false" : "true");
    button.closest("li").querySelector(":scope > .ch-below").hidden = open;
  });
})();
