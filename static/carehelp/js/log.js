// What makes the form for logging quick: day chips, duties that follow the kind, photos made small before sending.
// Without this script the form works as it stands.
(function () {
  "use strict";
  var LONGEST = 1600, QUALITY = 0.85;

  function iso(day) {
    return day.getFullYear() + "-" + ("0" + (day.getMonth() + 1)).slice(-2) + "-" + ("0" + day.getDate()).slice(-2);
  }

  // The newest day that the server allows is its today: the phone's own clock is not asked.
  function chips(group) {
    var input = document.getElementById(group.dataset.days);
    var buttons = Array.prototype.slice.call(group.querySelectorAll("[data-back]"));
    function dayOf(button) {
      var day = new Date(input.max + "T12:00:00");
      day.setDate(day.getDate() - Number(button.dataset.back));
      return iso(day);
    }
    function show() {
      buttons.forEach(function (button) { button.setAttribute("aria-pressed", String(dayOf(button) === input.value)); });
    }
    buttons.forEach(function (button) {
      button.addEventListener("click", function () {
        input.value = dayOf(button);
        input.dispatchEvent(new Event("change", { bubbles: true }));
      });
    });
    input.addEventListener("change", show);
    input.form.addEventListener("draft:restored", show);
    group.hidden = false;
    show();
  }

  // Duties that kind and day fulfil are offered and ticked; one that was unticked by hand stays unticked.
  function duties(box) {
    var form = box.closest("form"), rows = Array.prototype.slice.call(box.querySelectorAll("[data-kinds]"));
    var byHand = {};
    function follow() {
      var kind = (form.querySelector("input[name=kind]:checked") || {}).value, on = form.elements.on.value, shown = 0;
      rows.forEach(function (row) {
        var tick = row.querySelector("input");
        var fits = row.dataset.kinds.split(" ").indexOf(kind) >= 0 && (!on || row.dataset.opens <= on);
        row.hidden = !fits;
        tick.disabled = !fits;
        if (fits) {
          shown += 1;
          if (!(tick.id in byHand)) { tick.checked = true; }
        }
      });
      box.querySelector("[data-none]").hidden = shown > 0;
    }
    box.addEventListener("change", function (event) { byHand[event.target.id] = true; });
    form.addEventListener("change", function (event) { if (/^(kind|on)$/.test(event.target.name)) { follow(); } });
    form.addEventListener("draft:restored", function () {
      rows.forEach(function (row) { byHand[row.querySelector("input").id] = true; });
      follow();
    });
    if (form.hasAttribute("data-draft-bound")) {
      rows.forEach(function (row) { byHand[row.querySelector("input").id] = true; });
    }
    follow();
  }

  function smaller(file) {
    if (!window.createImageBitmap || !HTMLCanvasElement.prototype.toBlob) { return Promise.resolve(file); }
    return createImageBitmap(file).then(function (bitmap) {
      var scale = Math.min(1, LONGEST / Math.max(bitmap.width, bitmap.height));
      var canvas = document.createElement("canvas");
      canvas.width = Math.round(bitmap.width * scale);
      canvas.height = Math.round(bitmap.height * scale);
      canvas.getContext("2d").drawImage(bitmap, 0, 0, canvas.width, canvas.height);
      return new Promise(function (done) {
        canvas.toBlob(function (blob) {
          done(blob ? new File([blob], file.name.replace(/\.\w+$/, "") + ".jpg", { type: "image/jpeg" }) : file);
        }, "image/jpeg", QUALITY);
      });
    }).catch(function () { return file; }); // What the browser cannot read, the server says so about.
  }

  // Both ways of adding feed one list, so that a second photo from the camera does not replace the first.
  function photos(box) {
    try { new DataTransfer(); } catch (error) { return; }
    var pick = box.querySelector("[data-pick]"), camera = box.querySelector("[data-camera]");
    var previews = box.querySelector("[data-previews]"), chosen = [];
    function put() {
      var list = new DataTransfer();
      chosen.forEach(function (photo) { list.items.add(photo); });
      pick.files = list.files;
      previews.textContent = "";
      chosen.forEach(function (photo) {
        var item = document.createElement("li"), image = document.createElement("img"), button = document.createElement("button");
        image.src = URL.createObjectURL(photo);
        image.alt = photo.name;
        image.addEventListener("load", function () { URL.revokeObjectURL(image.src); });
        button.type = "button";
        button.className = "btn btn-outline-secondary";
        button.textContent = "×";
        button.setAttribute("aria-label", previews.dataset.remove + " " + photo.name);
        button.addEventListener("click", function () { chosen.splice(chosen.indexOf(photo), 1); put(); pick.focus(); });
        item.appendChild(image);
        item.appendChild(button);
        previews.appendChild(item);
      });
    }
    function add(event) {
      var input = event.target, fresh = Array.prototype.slice.call(input.files);
      Promise.all(fresh.map(smaller)).then(function (made) {
        chosen = chosen.concat(made).slice(0, Number(box.dataset.most));
        put();
        camera.value = "";
      });
    }
    pick.addEventListener("change", add);
    camera.addEventListener("change", add);
    // On a slow phone somebody may have chosen a photo before this script ran.
    [pick, camera].forEach(function (input) { if (input.files.length) { add({ target: input }); } });
    box.classList.add("ch-eased");
  }

  document.querySelectorAll("[data-days]").forEach(chips);
  document.querySelectorAll("[data-duties]").forEach(duties);
  document.querySelectorAll("[data-photos]").forEach(photos);
})();
