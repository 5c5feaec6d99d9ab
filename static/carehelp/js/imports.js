// Another sheet or header row is looked at as soon as it is chosen.
document.addEventListener("change", function (event) {
  if (event.target.matches("[data-at-once]")) {
    if (event.target.name === "sheet") { event.target.form.elements.header_row.disabled = true; }
    event.target.form.submit();
  }
});
