// browser.mjs PAGE SCREENSHOT [GOLDEN]: opens a page of the explorer in Chromium and prints what it found as one JSON object.
// Needs playwright-core and axe-core of npm (NODE_PATH does not work for modules: they are found from GP_NODE_MODULES) and Chromium.
import { createRequire } from "node:module";
import { readFileSync } from "node:fs";

const require = createRequire(process.env.GP_NODE_MODULES + "/");
const { chromium } = require("playwright-core");
const [, , page, screenshot, golden] = process.argv;
const errors = [], requests = [];
const browser = await chromium.launch({ executablePath: process.env.GP_CHROMIUM ?? "/usr/bin/chromium", args: ["--no-sandbox"] });
const tab = await browser.newPage({ viewport: { width: 1280, height: 800 } });
tab.on("console", m => { if (m.type() === "error") errors.push(m.text()); });
tab.on("pageerror", e => errors.push(String(e)));
tab.on("request", r => { if (!r.url().startsWith("file:") && !r.url().startsWith("data:")) requests.push(r.url()); });
await tab.goto("file://" + page);
await tab.waitForFunction(() => window.explorer?.scene.firstPicture !== undefined, undefined, { timeout: 60000 });
const firstPicture = await tab.evaluate(() => window.explorer.scene.firstPicture);
await tab.screenshot({ path: screenshot });

// The share of pixels that differ visibly from the golden picture.
const picture = path => "data:image/png;base64," + readFileSync(path).toString("base64");
const difference = golden === undefined ? null : await tab.evaluate(async ([first, second]) => {
  const pixels = async source => {
    const image = new Image();
    image.src = source;
    await image.decode();
    const canvas = new OffscreenCanvas(image.width, image.height), pen = canvas.getContext("2d");
    pen.drawImage(image, 0, 0);
    return pen.getImageData(0, 0, image.width, image.height).data;
  };
  const [a, b] = [await pixels(first), await pixels(second)];
  if (a.length !== b.length) return 1;
  let differ = 0;
  for (let i = 0; i < a.length; i += 4) if (Math.max(Math.abs(a[i] - b[i]), Math.abs(a[i + 1] - b[i + 1]), Math.abs(a[i + 2] - b[i + 2])) > 48) differ++;
  return differ / (a.length / 4);
}, [picture(golden), picture(screenshot)]);

const report = await tab.evaluate(() => JSON.parse(document.getElementById("data").textContent));
const text = await tab.evaluate(() => ({ summary: document.getElementById("summary").textContent, lane: document.querySelectorAll("#lane button").length,
  engines: [...document.querySelectorAll("table")].find(t => t.caption.textContent.startsWith("Engines"))?.tBodies[0].rows.length ?? 0 }));

// The tables as texts by caption, and each way to color.
const tables = await tab.evaluate(() => Object.fromEntries([...document.querySelectorAll("#tables table")].map(t => [t.caption.textContent,
  [...t.tBodies[0].rows].map(r => [...r.cells].map(c => c.textContent))])));
const colors = await tab.$$eval("#color option", options => options.map(o => o.value));
for (const color of colors) await tab.selectOption("#color", color);
await tab.selectOption("#color", "place");

// Search for the last node that falls back, or the last node.
const wanted = report.nodes.reason.lastIndexOf(Math.max(...report.nodes.reason)), target = wanted < 0 ? report.nodes.name.length - 1 : wanted;
await tab.fill("#query", report.nodes.name[target]);
await tab.keyboard.press("Enter");
const found = { name: report.nodes.name[target], title: await tab.textContent("#selection h2"), text: await tab.textContent("#selection"),
  reason: report.nodes.reason[target] < 0 ? "" : report.nodes.reasons[report.nodes.reason[target]], hash: await tab.evaluate(() => location.hash) };

// The keyboard alone: into the picture, to an item, and into a segment.
await tab.focus("#picture");
for (const key of ["f", "n", "n", "p", "+", "-", "ArrowLeft", "ArrowDown"]) await tab.keyboard.press(key);
const layers = await tab.$$eval("#layer option", options => options.map(o => o.value));
const byKey = await tab.evaluate(() => window.explorer.scene.selected);
// A click on the middle of that item selects it.
await tab.selectOption("#layer", "regions");
const clicked = await tab.evaluate(() => { const { scene } = window.explorer; scene.fit(); const l = scene.layer, i = l.order[0];
  const box = scene.canvas.getBoundingClientRect();
  return { x: box.left + (l.x(i) + Math.min(l.width(i), 150) / 2 - scene.left) * scene.scale, y: box.top + (l.y(i) + 10 - scene.top) * scene.scale, item: i }; });
await tab.mouse.click(clicked.x, clicked.y);
const byClick = await tab.evaluate(() => window.explorer.scene.selected);

// Regions are opened step by step with the keyboard: the one with the most nodes, in it the block with the most nodes, down to a node.
await tab.click("#close");
const isSelected = item => tab.evaluate(i => window.explorer.scene.selected === i, item);
const steps = [];
for (let region = -1; ;) {
  const next = await tab.evaluate(r => {
    const { regionLayer: l, nodesIn } = window.explorer, parts = l.parts(r);
    const size = i => l.isRegion(i) ? nodesIn(i) : 0;
    const item = parts.reduce((a, b) => size(b) > size(a) ? b : a, parts[0] ?? -1);
    return { item, parts: parts.length, isRegion: item >= 0 && l.isRegion(item), way: l.order.indexOf(item) - l.order.indexOf(r) };
  }, region);
  steps.push(next);
  if (next.item < 0) break;
  await tab.focus("#picture");
  if (next.way > 20) await tab.evaluate(i => window.explorer.select("regions", i), next.item); // so many keys take long
  else for (let i = 0; i < next.way; i++) await tab.keyboard.press("n");
  if (!await isSelected(next.item)) throw new Error(`N does not reach item ${next.item}`);
  next.title = await tab.textContent("#selection h2");
  next.hash = await tab.evaluate(() => location.hash);
  if (!next.isRegion) break;
  next.opening = await tab.evaluate(async () => { const start = performance.now(), { scene } = window.explorer, frames = scene.frames;
    scene.canvas.dispatchEvent(new KeyboardEvent("keydown", { key: "Enter" }));
    while (scene.frames === frames) await new Promise(requestAnimationFrame);
    return performance.now() - start; });
  region = next.item;
}
await tab.screenshot({ path: screenshot.replace(".png", ".open.png") });
// The address of each step leads there from a closed picture.
const links = [];
for (const { hash, title, item } of steps.filter(s => s.hash)) {
  await tab.click("#close");
  await tab.evaluate(h => { location.hash = ""; location.hash = h; }, hash);
  await tab.waitForFunction(i => window.explorer.scene.selected === i, item, { timeout: 10000 });
  links.push(await tab.textContent("#selection h2") === title);
}
// Backspace closes them again, one by one.
await tab.focus("#picture");
for (let i = 1; i < steps.length; i++) await tab.keyboard.press("Backspace");
const isClosed = await tab.evaluate(() => window.explorer.regionLayer.order.length === window.explorer.regionLayer.parts(-1).length);

// The graph before the passes: a node that a pass removed, and the way to what it became.
const old = report.before, removed = old ? old.nodes.removedBy.findIndex((c, n) => c >= 0 && old.nodes.becomes[n] >= 0) : -1;
let passes = null;
if (removed >= 0) {
  await tab.evaluate(n => window.explorer.go.before(n), removed);
  const shown = await tab.textContent("#selection"), hash = await tab.evaluate(() => location.hash);
  await tab.screenshot({ path: screenshot.replace(".png", ".before.png") });
  await tab.click("#selection dd:last-of-type button");
  passes = { shown, hash, pass: old.changes[old.nodes.removedBy[removed]].pass, name: old.nodes.name[removed], became: report.nodes.name[old.nodes.becomes[removed]],
    title: await tab.textContent("#selection h2"), back: await tab.textContent("#selection") };
}

// Frames while the picture of all nodes moves and zooms.
await tab.selectOption("#layer", "nodes");
const moved = await tab.evaluate(async () => {
  const { scene } = window.explorer, start = performance.now(), before = scene.frames;
  scene.fit();
  for (let i = 0; performance.now() - start < 1000; i++) {
    if (i % 20 < 10) scene.zoom(1.15); else scene.pan(i % 2 ? 40 : -30, 25);
    await new Promise(requestAnimationFrame);
  }
  return (scene.frames - before) / (performance.now() - start) * 1000;
});
await tab.evaluate(() => window.explorer.scene.fit());
await tab.screenshot({ path: screenshot.replace(".png", ".nodes.png") });
await tab.emulateMedia({ colorScheme: "dark" });
await tab.screenshot({ path: screenshot.replace(".png", ".dark.png") });

const isSmall = report.nodes.name.length < 10_000; // axe looks at each pair of elements
if (isSmall) await tab.addScriptTag({ content: readFileSync(require.resolve("axe-core/axe.min.js"), "utf8") });
const axe = isSmall ? await tab.evaluate(() => window.axe.run()) : { violations: [] };
console.log(JSON.stringify({ errors, requests, tables, colors, firstPicture, difference, text, found, byKey, byClick, clicked: clicked.item, steps, links, isClosed, passes, layers: layers, framesPerSecond: moved,
  violations: axe.violations.map(v => `${v.id}: ${v.nodes.map(n => n.target).join(", ")}`) }));
await browser.close();
