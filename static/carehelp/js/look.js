// Before anything is drawn: light or dark as the person or the device wants it.
(function () {
  var root = document.documentElement;
  var dark = window.matchMedia("(prefers-color-scheme: dark)");
  function apply() {
    var look = root.dataset.look;
    root.dataset.bsTheme = look === "dark" || (look !== "light" && dark.matches) ? "dark" : "light";
  }
  apply();
  dark.addEventListener("change", apply);
})();
