// The drop zone: sends files, one after the other, to this machine's bot, and follows what it makes of it.
"use strict";
const says = JSON.parse(document.body.dataset.says);
const find = (name) => document.querySelector(name);
const drop = find(".drop"), input = find(".drop input"), going = find(".going"), bar = find("progress");

function show(name) {
  for (const each of [".going", ".wrong", ".ready"]) find(each).hidden = each !== name;
  drop.classList.toggle("busy", name === ".going");
  input.disabled = name === ".going";
}

function wrong(sentence) {
  find(".wrong").textContent = sentence;
  input.value = "";
  show(".wrong");
}

function progress(words, share) {
  find(".going p").textContent = words;
  if (share === null) bar.removeAttribute("value");
  else bar.value = share;
}

function heard(text) {
  const lines = text.split("\n").filter(Boolean);
  try {
    return JSON.parse(lines[lines.length - 1] || "{}");
  } catch {
    return {};
  }
}

function send(files) {
  if (drop.classList.contains("busy") || !files.length) return;
  const size = [...files].reduce((sum, file) => sum + file.size, 0);
  if (size > says.most) return wrong(says.large);
  const about = new URLSearchParams({ lang: says.lang, zone: Intl.DateTimeFormat().resolvedOptions().timeZone || "" });
  for (const file of files) {
    about.append("name", file.name);
    about.append("size", file.size);
  }
  const asked = new XMLHttpRequest();
  asked.open("POST", `/story?${about}`);
  asked.setRequestHeader("x-homeroom", "story");
  asked.upload.onprogress = (event) => progress(says.sending, event.loaded / event.total);
  asked.onprogress = () => {
    const { share } = heard(asked.responseText);
    if (share !== undefined) progress(says.reading, share);
  };
  asked.onerror = () => wrong(says.lost);
  asked.onload = () => {
    const found = heard(asked.responseText);
    if (!found.page) return wrong(found.wrong || says.lost);
    find(".open").href = found.page;
    find(".save").href = found.page;
    input.value = "";
    show(".ready");
    find(".open").focus();
  };
  show(".going");
  progress(says.sending, null);
  asked.send(new Blob([...files]));
}

input.addEventListener("change", () => send(input.files));
addEventListener("dragover", (event) => {
  event.preventDefault();
  drop.classList.add("over");
});
addEventListener("dragleave", (event) => event.relatedTarget || drop.classList.remove("over"));
addEventListener("drop", (event) => {
  event.preventDefault();
  drop.classList.remove("over");
  send(event.dataTransfer.files);
});
