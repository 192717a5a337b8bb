// How it goes, as the office sees it.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { ANNA, openPage, putInTheWay, startBrowser, startHark, violations } from "./hark.mjs";

let hark, browser;

before(async () => {
  [hark, browser] = await Promise.all([startHark(), startBrowser()]);
});

after(async () => {
  await browser?.close();
  await hark?.stop();
});

/** The last row of a chart's table, under the names of its columns. */
async function today(page, chart) {
  const card = page.locator("section.card", { has: page.getByRole("heading", { name: chart, exact: true }) });
  await card.getByText("As a table").click();
  const names = await card.locator("thead th").allInnerTexts();
  const cells = await card.locator("tbody tr").last().locator("th, td").allInnerTexts();
  return Object.fromEntries(names.map((name, n) => [name, cells[n]]));
}

test("what came in, what failed and how long it took stand in the charts' tables", async () => {
  const { page, trouble } = await openPage(browser, hark);
  await page.goto(hark.panel);
  const words = "Please order two brass valves.";
  const [first, second] = ["SM00000000000000000000000000000001", "SM00000000000000000000000000000002"];
  await hark.says(ANNA, words, first);
  await page.locator(`#n-${first}.done`).waitFor();
  await putInTheWay(hark, first, second);
  await hark.says(ANNA, words, second);
  await page.locator(`#n-${second}.failed`).waitFor();
  await hark.speaks(ANNA, "job-en.ogg");
  await page.locator("li.row.done").nth(1).waitFor();

  await page.getByRole("link", { name: "Dashboard" }).click();
  await page.getByRole("img", { name: /^Messages, by what became of them, .*: Done 2, .* Failed 1, In work 0$/ }).waitFor();
  const outcomes = await today(page, "Messages, by what became of them");
  assert.deepEqual([outcomes.Done, outcomes.Failed], ["2", "1"]);
  assert.match(outcomes.Day, /^\d{4}-\d\d-\d\d$/);
  // What failed was understood: only its file could not be put where it belongs.
  assert.equal((await today(page, "Messages, by what they are about")).Job, "3");
  assert.match((await today(page, "Time from the message to its answer"))["Half answered within"], / s$/);
  assert.match((await today(page, "Cost")).Cost, /^\$0\.0/);
  const reasons = page.getByRole("region", { name: "Why messages failed" });
  await reasons.getByRole("row", { name: "Another file lies where this note's belongs 1" }).waitFor();

  const waits = page.waitForEvent("download");
  await page.getByRole("link", { name: "Download as a table (CSV)" }).click();
  const saved = await waits;
  assert.match(saved.suggestedFilename(), /^hark-\d{4}-\d\d-\d\d-\d{4}-\d\d-\d\d\.csv$/);

  await page.getByLabel("From", { exact: true }).fill("2026-02-01");
  await page.getByLabel("To", { exact: true }).fill("2026-01-01");
  trouble.length = 0;
  await page.getByRole("button", { name: "Apply" }).click();
  await page.getByRole("alert").getByText("These days cannot be shown.").waitFor();
  // The browser says what it was answered, and that alone.
  assert.deepEqual(trouble.filter((line) => !line.includes("400")), []);
  await page.context().close();
});

test("bars are told apart without colour, and drawn although the page has no style of its own", async () => {
  const { page, trouble } = await openPage(browser, hark);
  await page.goto(hark.panel);
  await page.goto(`${hark.url}/panel/dashboard`);
  const drawn = await page.locator("svg.chart path[fill^='url(#p']").evaluateAll((paths) =>
    paths.map((path) => [path.getAttribute("fill"), path.getBBox().height > 0]),
  );
  assert.ok(drawn.length >= 3 && drawn.every(([, is]) => is), JSON.stringify(drawn));
  assert.equal(await page.locator("[style]").count(), 0);
  assert.deepEqual(trouble, []);
  await page.context().close();
});

for (const [looks, options] of [
  ["on a large screen in light", { viewport: { width: 1440, height: 900 } }],
  ["on a large screen in the dark", { viewport: { width: 1440, height: 900 }, colorScheme: "dark" }],
  ["on a phone in the dark, in German", { viewport: { width: 390, height: 844 }, colorScheme: "dark", locale: "de-DE" }],
]) {
  test(`the dashboard is accessible and fits ${looks}`, async () => {
    const { page } = await openPage(browser, hark, options);
    await page.goto(hark.panel);
    await page.goto(`${hark.url}/panel/dashboard`);
    for (const details of await page.locator("summary").all()) {
      await details.click();
    }
    assert.deepEqual(await violations(page), []);
    const wide = await page.evaluate(() => document.documentElement.scrollWidth > window.innerWidth);
    assert.ok(!wide, "it must not scroll sideways");
    await page.context().close();
  });
}
