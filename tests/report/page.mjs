// Opens one HTML file in a headless Chromium and does what it is told: a JSON document on stdin says how the window is and
// which steps to take; the answer has one result per step, and everything that was asked of a network or complained of.
import { createRequire } from "node:module";
import { readFileSync } from "node:fs";

const { chrome, file, javascript = true, dark = false, width = 1280, steps } = JSON.parse(readFileSync(0, "utf8"));
const peer = createRequire(`${process.env.PEER_PACKAGES}/`).resolve("puppeteer-core");
const { default: puppeteer } = await import(peer);

const browser = await puppeteer.launch({
  executablePath: chrome,
  headless: "shell",
  args: ["--no-sandbox", "--no-proxy-server"],
  defaultViewport: { width, height: 900 },
});
const page = await browser.newPage();
await page.setJavaScriptEnabled(javascript);
page.setDefaultTimeout(20_000);
await page.emulateMediaFeatures([{ name: "prefers-color-scheme", value: dark ? "dark" : "light" }]);
const complaints = [];
const requests = [];
page.on("console", (message) => complaints.push(message.text()));
page.on("pageerror", (error) => complaints.push(String(error)));
page.on("dialog", async (dialog) => {
  complaints.push(`a dialog: ${dialog.message()}`);
  await dialog.dismiss();
});
page.on("request", (request) => requests.push(request.url()));
await page.goto(`file://${file}`);

const verbs = {
  // a driver may look without the page's own scripts being allowed to run
  look: (expression) => page.evaluate(expression),
  type: async (selector, text) => {
    await page.click(selector);
    await page.keyboard.type(text);
    await new Promise((done) => setTimeout(done, 300));
  },
  select: (selector, value) => page.select(selector, value),
  press: async (key, times = 1) => {
    for (let time = 0; time < times; time++) await page.keyboard.press(key);
  },
  click: (selector) => page.click(selector),
  shot: async (path, y = 0, height = 900) => {
    await page.screenshot({ path, clip: { x: 0, y, width, height }, captureBeyondViewport: true });
  },
  pdf: async (path) => {
    await page.pdf({ path, format: "A4", printBackground: false });
  },
  media: (type) => page.emulateMediaType(type),
  tree: () => page.accessibility.snapshot({ interestingOnly: false }),
};
const results = [];
for (const [verb, ...words] of steps) results.push((await verbs[verb](...words)) ?? null);
process.stdout.write(JSON.stringify({ results, complaints, requests }));
await browser.close();
