// The form of "Send messages": asks the server what it would come to, while it is filled in.
"use strict";

const PAUSE_MS = 500;

function countWhileTyping(form) {
  const shown = document.getElementById("send-count");
  let timer = 0;
  let asked = 0;

  async function ask() {
    const turn = ++asked;
    const data = new FormData(form);
    data.delete("file");
    let text = null;
    try {
      const answer = await fetch(form.dataset.countUrl, { method: "POST", body: data });
      if (answer.ok && !answer.redirected) text = await answer.text();
    } catch {
      // no connection: said below
    }
    if (turn !== asked) return; // a later question is on its way
    if (text === null) shown.textContent = shown.dataset.failed;
    else shown.innerHTML = text; // the server's own template, which escapes
  }

  form.addEventListener("input", (event) => {
    if (event.target.type === "file") return;
    clearTimeout(timer);
    timer = setTimeout(ask, PAUSE_MS);
  });
  ask();
}

// A file that the server would only read the beginning of is not uploaded at all.
function refuseBigFiles(input) {
  const name = input.closest("label")?.querySelector("input[type=text]");
  input.addEventListener("change", () => {
    const file = input.files[0];
    const tooBig = file && file.size > Number(input.dataset.mostBytes);
    input.setCustomValidity(tooBig ? input.dataset.tooBig : "");
    if (tooBig) {
      input.reportValidity();
      window.alert(input.dataset.tooBig);
      input.value = "";
    }
    if (name && input.files[0]) name.value = input.files[0].name;
  });
}

// The server accepts a draft once; this only spares people a second request.
function pressOnce(form) {
  form.addEventListener("submit", (event) => {
    if (form.dataset.pressed) event.preventDefault();
    form.dataset.pressed = "yes";
  });
  window.addEventListener("pageshow", () => delete form.dataset.pressed);
}

const sendForm = document.getElementById("send-form");
if (sendForm) {
  countWhileTyping(sendForm);
  sendForm.querySelectorAll("input[type=file]").forEach(refuseBigFiles);
}
document.querySelectorAll("form[data-press-once]").forEach(pressOnce);
