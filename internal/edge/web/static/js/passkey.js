/* Passkeys (WebAuthn): the one thing that cannot work without script. */
(function () {
  "use strict";

  function bytes(text) {
    var s = atob(text.replace(/-/g, "+").replace(/_/g, "/"));
    var out = new Uint8Array(s.length);
    for (var i = 0; i < s.length; i++) out[i] = s.charCodeAt(i);
    return out.buffer;
  }
  function text(buffer) {
    var s = "";
    new Uint8Array(buffer).forEach(function (b) { s += String.fromCharCode(b); });
    return btoa(s).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
  }
  function post(url, body) {
    return fetch(url, { method: "POST", credentials: "same-origin", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body || {}) })
      .then(function (r) { return r.json().then(function (j) {
        if (j.prove) { location.assign(j.prove); return new Promise(function () {}); }
        if (!r.ok) throw new Error(j.error);
        return j;
      }); });
  }

  function login(button, where) {
    return post(where + "/options").then(function (o) {
      var k = o.publicKey;
      k.challenge = bytes(k.challenge);
      (k.allowCredentials || []).forEach(function (c) { c.id = bytes(c.id); });
      return navigator.credentials.get({ publicKey: k });
    }).then(function (c) {
      return post(where, { next: button.dataset.next, credential: {
        id: c.id, rawId: text(c.rawId), type: c.type, clientExtensionResults: c.getClientExtensionResults(),
        response: {
          authenticatorData: text(c.response.authenticatorData), clientDataJSON: text(c.response.clientDataJSON),
          signature: text(c.response.signature), userHandle: c.response.userHandle ? text(c.response.userHandle) : undefined
        }
      } });
    });
  }

  function add(button) {
    var name = document.getElementById(button.dataset.name).value;
    return post("/profile/passkeys/options").then(function (o) {
      var k = o.publicKey;
      k.challenge = bytes(k.challenge);
      k.user.id = bytes(k.user.id);
      (k.excludeCredentials || []).forEach(function (c) { c.id = bytes(c.id); });
      return navigator.credentials.create({ publicKey: k });
    }).then(function (c) {
      return post("/profile/passkeys", { name: name, credential: {
        id: c.id, rawId: text(c.rawId), type: c.type, clientExtensionResults: c.getClientExtensionResults(),
        response: {
          attestationObject: text(c.response.attestationObject), clientDataJSON: text(c.response.clientDataJSON),
          transports: c.response.getTransports ? c.response.getTransports() : []
        }
      } });
    });
  }

  document.addEventListener("click", function (e) {
    var b = e.target.closest("[data-passkey]");
    if (!b) return;
    var err = document.getElementById("passkey-err");
    err.hidden = true;
    b.disabled = true;
    var prove = b.dataset.passkey === "prove";
    (b.dataset.passkey === "add" ? add(b) : login(b, prove ? "/prove/passkey" : "/login/passkey")).then(function (j) {
      if (prove) document.getElementById(b.dataset.form).submit();
      else location.assign(j.next);
    }).catch(function (x) {
      // The browser's own errors (cancelled, timed out) have no sentence for people.
      err.textContent = x instanceof DOMException || !x.message || x instanceof TypeError ? b.dataset.failed : x.message;
      err.hidden = false;
      b.disabled = false;
    });
  });
})();
