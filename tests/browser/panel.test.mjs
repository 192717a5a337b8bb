// What the office does in the panel.

import assert from "node:assert/strict";
import { readFile, rm } from "node:fs/promises";
import { after, before, test } from "node:test";

import { ANNA, BEN, openPage, plays, putInTheWay, startBrowser, startHark, violations } from "./hark.mjs";

const PHOTO = new URL("../fixtures/media/photo.jpg", import.meta.url).pathname;
let hark, browser;

before(async () => {
  [hark, browser] = await Promise.all([startHark(), startBrowser()]);
});

after(async () => {
  await browser?.close();
  await hark?.stop();
});

test("a voice note comes into the inbox by itself, goes through its steps, and can be played", async () => {
  const { page, trouble } = await openPage(browser, hark);
  await page.goto(hark.panel);
  assert.equal(new URL(page.url()).pathname, "/panel");
  await page.getByText("Nothing has come in yet.").waitFor();
  // Slow enough that the row is seen on its way.
  await hark.faults([{ call: "POST /v1/chat/completions", nth: 1, count: 1, do: "delay_ms:4000" }]);
  await hark.speaks(ANNA, "job-en.ogg");
  const row = page.locator("li.row").first();
  await page.locator("li.row.working").first().waitFor();
  await page.locator("li.row.done").first().waitFor();
  assert.match(await row.innerText(), /two copper pipes/);

  await row.getByRole("link").click();
  await page.locator("mark").first().waitFor();
  assert.equal(await page.locator(".steps li.done").count(), 6);
  assert.ok((await plays(page)) > 1, "the recording plays");
  assert.deepEqual(trouble, []);
  await page.context().close();
});

test("a note that failed says why, and is tried again with one click", async () => {
  const { page, trouble } = await openPage(browser, hark);
  await page.goto(hark.panel);
  const words = "Please order two brass valves.";
  const [first, second] = ["SM00000000000000000000000000000001", "SM00000000000000000000000000000002"];
  await hark.says(ANNA, words, first);
  await page.locator(`#n-${first}.done`).waitFor();
  const inTheWay = await putInTheWay(hark, first, second);
  await hark.says(ANNA, words, second);
  await page.locator(`#n-${second}.failed`).getByRole("link").click();
  await page.getByRole("heading", { name: "Another file lies where this note's belongs" }).waitFor();
  await rm(inTheWay);
  await page.getByRole("button", { name: "Try again" }).click();
  await page.getByText("It is being tried again.").waitFor();
  await page.goto(`${hark.url}/panel`);
  await page.locator(`#n-${second}.done`).waitFor();
  await page.getByRole("link", { name: "Who did what" }).click();
  await page.getByText("had a note tried again").waitFor();
  assert.deepEqual(trouble, []);
  await page.context().close();
});

test("the office puts an item right, and the worker's phone is told what it was and is", async () => {
  const { page, trouble } = await openPage(browser, hark);
  const phone = await openPage(browser, { url: hark.simulators }, { viewport: { width: 390, height: 844 } });
  await phone.page.goto(`${hark.simulators}/phone?as=${encodeURIComponent(ANNA)}`);
  await phone.page.getByLabel("Message", { exact: true }).fill("Please call Mrs Miller about the furnace.");
  await phone.page.getByRole("button", { name: "Send" }).click();
  await phone.page.locator("article.theirs", { hasText: "Mrs Miller" }).waitFor();

  await page.goto(hark.panel);
  await page.locator("li.row.done", { hasText: "furnace" }).first().getByRole("link").click();
  await page.getByRole("link", { name: "Edit", exact: true }).click();
  const items = page.getByLabel("To do, one in each line");
  await items.fill((await items.inputValue()).replace("Miller", "Müller"));
  await page.getByRole("button", { name: "Save" }).click();
  // Without loading the page again.
  await page.getByText("Your change is made.").waitFor();
  await page.locator("ins", { hasText: "Mrs Müller" }).waitFor();
  await phone.page.locator("article.theirs", { hasText: "Your office looked at your record." }).waitFor();
  const told = await phone.page.locator("article.theirs").last().innerText();
  assert.match(told, /✗ .*Miller[^]*✓ .*Müller/);

  await page.getByLabel("Tell the sender").uncheck();
  await page.getByRole("button", { name: "Withdraw" }).click();
  await page.getByRole("button", { name: "Bring back" }).waitFor();
  assert.equal(await phone.page.locator("article.theirs", { hasText: "Withdrawn" }).count(), 0, "nobody is told");
  assert.deepEqual([trouble, phone.trouble], [[], []]);
  await Promise.all([page.context().close(), phone.page.context().close()]);
});

test("the office writes to a worker, sees that it is delivered, and answers instead of Hark for a while", async () => {
  const { page, trouble } = await openPage(browser, hark);
  const phone = await openPage(browser, { url: hark.simulators }, { viewport: { width: 390, height: 844 } });
  await phone.page.goto(`${hark.simulators}/phone?as=${encodeURIComponent(BEN)}`);
  await hark.says(BEN, "Bitte zwei Ventile für den Kindergarten bestellen.");
  await phone.page.locator("article.theirs", { hasText: "Kindergarten" }).waitFor();

  await page.goto(hark.panel);
  await page.getByRole("link", { name: "People" }).click();
  await page.locator("li.row", { hasText: "Kindergarten" }).getByRole("link").click();
  await page.getByText("WhatsApp delivers free words for another").waitFor();
  await page.getByLabel("Message", { exact: true }).fill("Ich komme um zehn.");
  await page.getByRole("button", { name: "Send" }).click();
  await phone.page.locator("article.theirs", { hasText: "Ich komme um zehn." }).waitFor();
  await page.locator("li.ours", { hasText: "Ich komme um zehn." }).getByText("delivered").waitFor();

  await page.getByLabel("Message", { exact: true }).fill("So sieht es aus.");
  await page.getByLabel("Photo or PDF").setInputFiles(PHOTO);
  await page.getByRole("button", { name: "Send" }).click();
  const along = phone.page.locator("article.theirs", { hasText: "So sieht es aus." }).getByRole("link");
  const photo = await (await fetch(await along.getAttribute("href"))).arrayBuffer();
  assert.deepEqual(Buffer.from(photo), await readFile(PHOTO));
  await page.locator("li.ours img.along").waitFor();

  await page.getByLabel("Message", { exact: true }).fill("I look after Ben's valves.");
  await page.getByRole("button", { name: "To colleagues only" }).click();
  await page.locator("li.among", { hasText: "Ben's valves" }).waitFor();
  await page.getByRole("button", { name: "Answer yourself" }).click();
  await page.getByText("Answered by").waitFor();
  await hark.says(BEN, "Bitte auch drei Dichtungen für den Kindergarten bestellen.");
  await page.locator("li.theirs", { hasText: "Dichtungen" }).waitFor();
  await page.getByRole("button", { name: "Let Hark answer again" }).click();
  await page.getByRole("button", { name: "Answer yourself" }).waitFor();
  await hark.says(BEN, "Bitte einen Schlüssel für den Kindergarten bestellen.");
  await phone.page.locator("article.theirs", { hasText: "Schlüssel" }).waitFor();
  for (const unheard of ["Dichtungen", "valves"]) {
    assert.equal(await phone.page.locator("article.theirs", { hasText: unheard }).count(), 0, unheard);
  }
  assert.deepEqual([trouble, phone.trouble], [[], []]);
  await Promise.all([page.context().close(), phone.page.context().close()]);
});

test("what the model is told is tried on a note before it is used", async () => {
  const { page, trouble } = await openPage(browser, hark);
  await page.goto(hark.panel);
  await hark.says(ANNA, "Please order a new thermostat.");
  await page.locator("li.row.done", { hasText: "thermostat" }).first().waitFor();
  await page.getByRole("link", { name: "Settings", exact: true }).click();
  await page.getByRole("link", { name: "What the model is told" }).click();
  await page.getByLabel("Your company's words to the model").fill("Call every boiler by its maker.");
  await page.getByLabel("Try it on").selectOption({ label: "Please order a new thermostat." });
  await page.getByRole("button", { name: "Try it", exact: true }).click();
  await page.getByRole("heading", { name: "What would be made of it" }).waitFor();
  await page.getByRole("button", { name: "Use it from now on" }).click();
  await page.getByText("It is used from now on, within a minute.").waitFor();
  assert.equal(await page.getByLabel("Your company's words to the model").inputValue(), "Call every boiler by its maker.");
  assert.deepEqual(trouble, []);
  await page.context().close();
});

test("what people say runs nowhere", async () => {
  const { page, trouble } = await openPage(browser, hark);
  await page.goto(hark.panel);
  await hark.says(ANNA, "Please order <script>window.broken=1</script><img src=x onerror=window.broken=2> pipes.");
  const row = page.locator("li.row", { hasText: "window.broken=1" }).first();
  await row.waitFor();
  await row.getByRole("link").click();
  await page.locator(".said", { hasText: "<script>" }).first().waitFor();
  assert.equal(await page.evaluate(() => window.broken), undefined);
  assert.deepEqual(trouble, []);
  await page.context().close();
});

test("a key is made, seen once, and ended", async () => {
  const { page, trouble } = await openPage(browser, hark);
  await page.goto(hark.panel);
  await page.getByRole("link", { name: "API keys" }).click();
  await page.getByLabel("It may").selectOption({ label: "read records" });
  await page.getByRole("button", { name: "Make a key" }).click();
  const key = await page.locator("code.key").innerText();
  const ask = () => fetch(`${hark.url}/v1/records`, { headers: { "x-api-key": key } });
  assert.equal((await ask()).status, 200);
  await page.getByRole("button", { name: /^End / }).first().click();
  await page.getByText("Ended", { exact: true }).waitFor();
  assert.equal(await page.getByText(key).count(), 0);
  assert.deepEqual(trouble, []);
  await page.context().close();
});

test("who is known is imported: a fault is shown with its line, put right, and the new person is heard", async () => {
  const { page, trouble } = await openPage(browser, hark);
  await page.goto(hark.panel);
  await page.getByRole("link", { name: "Settings", exact: true }).click();
  await page.getByRole("link", { name: "Who is known" }).click();
  await page.getByRole("link", { name: "All at once" }).click();
  const text = page.getByLabel("JSON");
  const before = await text.inputValue();
  assert.ok(!before.includes("demo-electrical"), "nobody of another company");
  const number = "+4915155500077";
  const [person] = JSON.parse(before);
  const added = (phone) => `${before.slice(0, before.lastIndexOf("]")).trimEnd()},\n  ${JSON.stringify({ ...person, customer_id: "zoe", name: "Zoe <script>window.broken=3</script>", phone_number: phone, identities: [] })}\n]`;
  await text.fill(added("0151 555"));
  await page.getByRole("button", { name: "Check and import" }).click();
  await page.getByText("Nothing was changed.").waitFor();
  await page.getByText(/^Line \d+: phone_number: expected/).waitFor();
  assert.equal(await text.inputValue(), added("0151 555"), "what was typed is there");
  await text.fill(added(number));
  await page.getByRole("button", { name: "Check and import" }).click();
  await page.getByRole("link", { name: /^Edit: zoe/ }).waitFor();
  assert.equal(await page.evaluate(() => window.broken), undefined);

  await hark.says(`whatsapp:${number}`, "Please order seven ladders.");
  await page.goto(`${hark.url}/panel`);
  await page.locator("li.row.done", { hasText: "seven ladders" }).waitFor();
  await page.goto(`${hark.url}/panel/settings/customers`);
  await page.getByRole("link", { name: /^Edit: zoe/ }).click();
  await page.getByLabel("Role").fill("apprentice");
  await page.getByRole("button", { name: "Save" }).click();
  await page.getByRole("cell", { name: "apprentice" }).waitFor();
  await page.getByRole("link", { name: /^Edit: zoe/ }).click();
  await page.getByRole("button", { name: "Remove" }).click();
  await page.getByRole("link", { name: "All at once" }).waitFor();
  assert.equal(await page.getByRole("link", { name: /^Edit: zoe/ }).count(), 0);
  assert.deepEqual(trouble, []);
  await page.context().close();
});

/** Makes a webhook of the company that is signed in; answers its secret. */
async function makeWebhook(page) {
  await page.goto(`${hark.url}/panel/settings/webhooks`);
  await page.getByLabel(/(Address|Adresse) \(https\)/).fill("https://nobody.invalid/hooks");
  await page.getByRole("button", { name: /^(Make a webhook|Webhook anlegen)$/ }).click();
  return page.locator("code.key").innerText();
}

test("names, a webhook and the language are set up", async () => {
  const { page, trouble } = await openPage(browser, hark);
  await page.goto(hark.panel);
  await page.goto(`${hark.url}/panel/settings/glossary`);
  const terms = page.getByLabel("At most 40");
  await terms.fill(`${await terms.inputValue()}\nKärcher`);
  await page.getByRole("button", { name: "Save" }).click();
  await page.getByRole("status").getByText("Saved.").waitFor();
  await page.goto(`${hark.url}/panel/settings/glossary`);
  assert.match(await terms.inputValue(), /Kärcher/);

  assert.match(await makeWebhook(page), /^whsec_/);
  await page.getByRole("button", { name: "Send a test message" }).click();
  await page.getByText("It was not accepted").waitFor();
  await page.getByRole("button", { name: "Switch off" }).click();
  await page.getByText("switched off", { exact: true }).waitFor();

  await page.goto(`${hark.url}/panel/settings`);
  await page.getByLabel("Language of these pages").selectOption("pl");
  await page.getByRole("button", { name: "Save" }).click();
  await page.getByRole("heading", { name: "Ustawienia" }).waitFor();
  assert.deepEqual(trouble, []);
  await page.context().close();
});

test("the phone in the browser sends what is typed and recorded, and taps the buttons of the answer", async () => {
  const options = { permissions: ["microphone"], viewport: { width: 390, height: 844 } };
  const { page, trouble } = await openPage(browser, { url: hark.simulators }, options);
  await page.goto(`${hark.simulators}/phone?as=${encodeURIComponent(BEN)}`);
  await page.getByLabel("Message", { exact: true }).fill("Bitte zwei Ventile für die Schule bestellen.");
  await page.getByRole("button", { name: "Send" }).click();
  const answer = page.locator("article.theirs", { hasText: "zwei Ventile" }).last();
  await answer.getByRole("button").last().click();
  await page.locator("article.theirs").nth((await page.locator("article.theirs").count()) - 1).waitFor();

  await page.getByRole("button", { name: "Record" }).click();
  await page.getByLabel("What is said in the recording").fill("Bitte morgen bei Familie Vogel die Heizung prüfen.");
  await page.getByRole("button", { name: /^Stop and send \((?!0)\d+ s\)$/ }).click();
  await page.locator("article.theirs", { hasText: "Familie Vogel" }).waitFor();
  assert.deepEqual(await violations(page), []);
  assert.deepEqual(trouble, []);
  await page.context().close();
});

test("who signs out is out, and the keyboard alone is enough", async () => {
  const { page } = await openPage(browser, hark);
  await page.goto(hark.panel);
  await page.keyboard.press("Tab");
  assert.equal(await page.evaluate(() => document.activeElement.className), "skip");
  const button = page.getByRole("button", { name: "Sign out" });
  await button.focus();
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { name: "Sign in" }).waitFor();
  await page.goto(`${hark.url}/panel`);
  assert.equal(new URL(page.url()).pathname, "/panel/sign-in");
  await page.context().close();
});

const SETTINGS = ["", "/glossary", "/customers", "/customers/import", "/webhooks", "/prompts"];
const PAGES = ["", "/dashboard", "/people", "/people/anna", "/keys", "/audit", "/notes/none"]
  .concat(SETTINGS.map((page) => `/settings${page}`))
  .map((page) => `/panel${page}`);

/** The pages of a note, of a person and of a webhook, all made for it: no other story needs to have been told. */
async function pagesOfOneEach(page) {
  await hark.says(ANNA, "Please order a new doorbell.");
  const note = page.locator("li.row.done", { hasText: "doorbell" }).locator("a").first();
  const ofNote = await note.getAttribute("href");
  await page.goto(`${hark.url}/panel/settings/customers`);
  const person = await page.getByRole("link", { name: /^(Edit|Bearbeiten): / }).first().getAttribute("href");
  await makeWebhook(page);
  await page.goto(`${hark.url}/panel/settings/webhooks`);
  const webhook = await page.locator(".choices a").first().getAttribute("href");
  return [ofNote, `${ofNote}/edit`, person, webhook];
}

for (const [looks, options] of [
  ["on a large screen in light", { viewport: { width: 1440, height: 900 } }],
  ["on a phone in the dark, in German", { viewport: { width: 390, height: 844 }, colorScheme: "dark", locale: "de-DE" }],
]) {
  test(`every page is accessible and fits ${looks}`, async () => {
    const { page } = await openPage(browser, hark, options);
    await page.goto(`${hark.url}/panel/sign-in`);
    assert.deepEqual(await violations(page), []);
    await page.goto(hark.panel);
    const made = await pagesOfOneEach(page);
    for (const path of [...PAGES, ...made]) {
      await page.goto(`${hark.url}${path}`);
      assert.deepEqual(await violations(page), [], path);
      const wide = await page.evaluate(() => document.documentElement.scrollWidth > window.innerWidth);
      assert.ok(!wide, `${path} must not scroll sideways`);
    }
    await page.context().close();
  });
}
