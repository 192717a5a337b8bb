// A worker's chat, played against the simulated Twilio: what is sent goes out as Twilio sends it, what comes back is shown.

const $ = (id) => document.getElementById(id);
const who = $("who");
who.value = new URLSearchParams(location.search).get("as") ?? localStorage.getItem("who") ?? "whatsapp:+4915155500001";

const LONGEST_WAIT_S = 25;
let own = [];
let received = [];
let recorder = null;
let ticking = 0;
/** Counted up with each change of the phone, so that an older wait ends without being shown. */
let turn = 0;

const phone = (path) => `/_sim/phone/${encodeURIComponent(who.value.trim())}/${path}`;

function told(trouble) {
  $("trouble").textContent = trouble ?? "";
}

async function post(path, body, headers) {
  const answer = await fetch(phone(path), { method: "POST", body, headers });
  const said = await answer.json().catch(() => ({}));
  if (!answer.ok || said.webhook_error) {
    throw new Error(said.error ?? said.webhook_error ?? `It could not be sent (${answer.status}).`);
  }
}

function article(message) {
  const shown = document.createElement("article");
  shown.className = message.own ? "own" : "theirs";
  shown.append(message.body ?? "");
  for (const url of message.sounds ?? []) {
    const sound = document.createElement("audio");
    sound.controls = true;
    sound.src = url;
    shown.append(sound);
  }
  for (const url of message.files ?? []) {
    const file = document.createElement("a");
    [file.href, file.textContent, file.target, file.rel] = [url, "📎 file", "_blank", "noreferrer"];
    shown.append(file);
  }
  const small = document.createElement("small");
  small.textContent = new Date(message.at).toLocaleTimeString();
  shown.append(small);
  if (message.buttons?.length) {
    const row = document.createElement("div");
    row.className = "buttons";
    for (const { title, id } of message.buttons) {
      const button = document.createElement("button");
      button.textContent = title;
      button.onclick = () => send(`[${title}]`, () => post("tap", JSON.stringify({ message_sid: message.sid, id }), { "content-type": "application/json" }));
      row.append(button);
    }
    shown.append(row);
  }
  return shown;
}

function show() {
  const all = [
    ...own,
    ...received.map((m) => ({ sid: m.sid, body: m.body, buttons: m.buttons, files: m.media_urls, at: m.received_at })),
  ].sort((a, b) => new Date(a.at) - new Date(b.at));
  $("chat").replaceChildren(...all.map(article));
  $("chat").scrollTop = $("chat").scrollHeight;
}

async function send(body, deliver, sounds = []) {
  told();
  own.push({ own: true, body, sounds, at: new Date().toISOString() });
  show();
  try {
    await deliver();
  } catch (error) {
    told(String(error.message ?? error));
  }
}

async function listen() {
  turn += 1;
  const mine = turn;
  [own, received] = [[], []];
  localStorage.setItem("who", who.value);
  let wait = 0;
  while (mine === turn) {
    try {
      const answer = await fetch(phone(`messages?wait_s=${wait}&after=${received.length}`));
      const all = await answer.json();
      if (mine !== turn) {
        return;
      }
      if (all.length !== received.length || wait === 0) {
        received = all;
        show();
      }
      wait = LONGEST_WAIT_S;
    } catch {
      told("hark dev does not answer. It is asked again.");
      await new Promise((resolve) => setTimeout(resolve, 2_000));
      told();
    }
  }
}

/** The header that tells the simulated transcription what is said. */
function transcript() {
  const said = $("transcript").value.trim();
  return said ? { "x-sim-transcript": `UTF-8''${encodeURIComponent(said)}` } : {};
}

$("write").onsubmit = (event) => {
  event.preventDefault();
  const words = $("words").value.trim();
  if (words) {
    $("words").value = "";
    send(words, () => post("text", words, { "content-type": "text/plain" }));
  }
};

$("words").onkeydown = (event) => {
  if (event.key === "Enter" && !event.shiftKey) {
    event.preventDefault();
    $("write").requestSubmit();
  }
};

$("file").onchange = () => {
  const [file] = $("file").files;
  $("file").value = "";
  if (file) {
    const sounds = file.type.startsWith("audio/") ? [URL.createObjectURL(file)] : [];
    const type = file.type || "application/octet-stream";
    send(`(${file.name})`, () => post("voice", file, { "content-type": type, ...transcript() }), sounds);
  }
};

$("record").onclick = async () => {
  if (recorder) {
    recorder.stop();
    return;
  }
  try {
    const stream = await navigator.mediaDevices.getUserMedia({ audio: true });
    const kind = ["audio/ogg;codecs=opus", "audio/mp4", "audio/webm"].find((type) => MediaRecorder.isTypeSupported(type));
    const parts = [];
    recorder = new MediaRecorder(stream, kind ? { mimeType: kind } : {});
    recorder.ondataavailable = ({ data }) => parts.push(data);
    recorder.onstop = () => {
      stream.getTracks().forEach((track) => track.stop());
      clearInterval(ticking);
      const type = recorder.mimeType;
      recorder = null;
      $("record").textContent = "Record";
      $("record").ariaPressed = "false";
      const sound = new Blob(parts, { type });
      send("", () => post("voice", sound, { "content-type": type.split(";")[0], ...transcript() }), [URL.createObjectURL(sound)]);
    };
    recorder.start();
    $("said").hidden = false;
    let seconds = 0;
    const shown = () => ($("record").textContent = `Stop and send (${seconds} s)`);
    ticking = setInterval(() => {
      seconds += 1;
      shown();
    }, 1_000);
    shown();
    $("record").ariaPressed = "true";
  } catch (error) {
    recorder = null;
    told(`The microphone cannot be used: ${error.message}`);
  }
};

who.onchange = listen;
$("file").onclick = () => ($("said").hidden = false);
listen();
