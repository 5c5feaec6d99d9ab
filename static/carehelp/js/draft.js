// Text that was typed and not saved yet survives a reload, a lost network and an expired session.
//
// It lies in this browser only (IndexedDB), one entry per person and form, and goes away when the record is saved,
// when it is discarded, when somebody signs out, after a week, and after a day once another person has signed in.
(function () {
  "use strict";
  var WEEK = 7 * 24 * 3600 * 1000, DAY = 24 * 3600 * 1000, PAUSE = 250;
  if (!window.indexedDB || !window.idbKeyval) { return; }
  var drafts = window.idbKeyval.createStore("carehelp-drafts", "drafts");
  var keyval = window.idbKeyval;
  var closed = false;

  function ignore() { /* No storage (private window): the page works without drafts. */ }
  function keyOf(form) { return form.dataset.draftUser + " " + form.dataset.draft; }
  function kept(control) {
    return control.name && control.name !== "csrfmiddlewaretoken" && !/^(file|submit|button|password)$/.test(control.type);
  }
  function read(form) {
    var fields = {};
    Array.prototype.forEach.call(form.elements, function (control) {
      if (!kept(control)) { return; }
      var values = fields[control.name] = fields[control.name] || [];
      if (!/^(checkbox|radio)$/.test(control.type) || control.checked) { values.push(control.value); }
    });
    return fields;
  }
  function write(form, fields) {
    Array.prototype.forEach.call(form.elements, function (control) {
      var values = kept(control) ? fields[control.name] : null;
      if (!values) { return; }
      if (/^(checkbox|radio)$/.test(control.type)) { control.checked = values.indexOf(control.value) >= 0; }
      else if (values.length) { control.value = values[0]; }
    });
    form.querySelectorAll("details").forEach(function (details) {
      var filled = Array.prototype.some.call(details.querySelectorAll("input, textarea"), function (c) { return c.value; });
      if (filled) { details.open = true; }
    });
    form.dispatchEvent(new CustomEvent("draft:restored"));
  }
  function newId() {
    var bytes = window.crypto.getRandomValues(new Uint8Array(16));
    bytes[6] = (bytes[6] & 15) | 64;
    bytes[8] = (bytes[8] & 63) | 128;
    var hex = Array.prototype.map.call(bytes, function (b) { return ("0" + b.toString(16)).slice(-2); }).join("");
    return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
  }

  function keep(form) {
    var key = keyOf(form), timer = 0, touched = form.hasAttribute("data-draft-bound");
    var note = form.querySelector("[data-draft-note]");
    function save() {
      window.clearTimeout(timer);
      if (closed || !touched) { return; }
      var entry = { at: Date.now(), user: form.dataset.draftUser, path: location.pathname, title: form.dataset.draftTitle };
      entry.fields = read(form);
      keyval.set(key, entry, drafts).catch(ignore);
    }
    function later() { touched = true; window.clearTimeout(timer); timer = window.setTimeout(save, PAUSE); }
    form.addEventListener("input", later);
    form.addEventListener("change", later);
    document.addEventListener("visibilitychange", function () { if (document.visibilityState === "hidden") { save(); } });
    form.addEventListener("submit", function (event) {
      touched = true;
      save();
      var offline = form.querySelector("[data-draft-offline]");
      if (offline) { offline.hidden = navigator.onLine !== false; }
      if (navigator.onLine === false) { event.preventDefault(); event.stopPropagation(); offline.scrollIntoView(); }
    });
    note.querySelector("[data-draft-discard]").addEventListener("click", function () {
      touched = false;
      keyval.del(key, drafts).catch(ignore).then(function () { location.replace(location.href); });
    });
    if (form.hasAttribute("data-draft-bound")) { save(); return; }
    keyval.get(key, drafts).then(function (entry) {
      if (touched) { return; }
      if (!entry || Date.now() - entry.at > WEEK) { form.elements.id.value = newId(); return; }
      write(form, entry.fields);
      touched = true;
      note.querySelector("[data-draft-at]").textContent = new Date(entry.at).toLocaleString(document.documentElement.lang);
      note.hidden = false;
    }).catch(ignore);
  }

  function forget(unwanted) {
    return keyval.entries(drafts).then(function (entries) {
      var keys = entries.filter(function (pair) { return unwanted(pair[1]); }).map(function (pair) { return pair[0]; });
      return keyval.delMany(keys, drafts);
    }).catch(ignore);
  }
  function list(section) {
    keyval.values(drafts).then(function (entries) {
      entries.filter(function (entry) { return entry.user === section.dataset.drafts; }).forEach(function (entry) {
        var item = document.createElement("li"), link = document.createElement("a"), time = document.createElement("span");
        link.className = "ch-row";
        link.href = entry.path;
        link.appendChild(document.createElement("strong")).textContent = entry.title;
        time.className = "ch-small";
        time.textContent = new Date(entry.at).toLocaleString(document.documentElement.lang);
        link.appendChild(time);
        section.querySelector("ul").appendChild(item).appendChild(link);
        section.hidden = false;
      });
    }).catch(ignore);
  }

  var saved = document.querySelector("[data-saved-draft]");
  var section = document.querySelector("[data-drafts]");
  var user = document.body.dataset.user;
  var now = Date.now();
  forget(function (entry) {
    var old = now - entry.at > (user && entry.user !== user ? DAY : WEEK);
    return old || (saved && entry.fields.id && entry.fields.id[0] === saved.dataset.savedDraft);
  }).then(function () { if (section) { list(section); } });
  document.querySelectorAll("form[data-draft]").forEach(keep);

  // Private words do not stay on a shared phone: signing out waits for the drafts to be gone, but not for ever.
  document.querySelectorAll("form[data-sign-out]").forEach(function (form) {
    form.addEventListener("submit", function (event) {
      if (closed) { return; }
      event.preventDefault();
      closed = true;
      function go() { form.submit(); }
      var slow = new Promise(function (done) { window.setTimeout(done, 1500); });
      Promise.race([keyval.clear(drafts).catch(ignore), slow]).then(go);
    });
  });
})();
