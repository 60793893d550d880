// What the scene draws: boxes with a place and a size. A layer hides whether they are segments, blocks or nodes.
import {
  nodes, segments, blocks, before, data, nodeCount, edge, incoming, outgoing, schemes, timeColor, colorOfSegment, nameOfSegment, nameOfRegion, segmentOfRegion,
  nodesIn, passColor, changes, rowsOf, partName,
} from "model.js";

// The nodes of a whole graph, in rows of equal boxes.
class Grid {
  constructor(name, count, column, row) {
    Object.assign(this, { name, count, column, row, stepX: 132, stepY: 52, leastWidth: 120 });
    // Items sorted by row, then column: what is visible is a range in each visible row.
    this.order = Int32Array.from({ length: count }, (_, i) => i).sort((a, b) => row[a] - row[b] || column[a] - column[b]);
    this.rowCount = count === 0 ? 0 : row[this.order[count - 1]] + 1;
    this.start = new Int32Array(this.rowCount + 1).fill(count);
    for (let i = count - 1; i >= 0; i--) this.start[row[this.order[i]]] = i;
    for (let r = this.rowCount - 1; r >= 0; r--) this.start[r] = Math.min(this.start[r], this.start[r + 1]);
  }
  x(i) { return this.column[i] * this.stepX; }
  y(i) { return this.row[i] * this.stepY; }
  width() { return 120; }
  height() { return 30; }
  isFrame() { return false; }
  isLong(from, to) { return this.row[to] - this.row[from] > 1; }
  // The first place in a row whose column is not below a limit.
  lower(r, column) {
    let low = this.start[r], high = this.start[r + 1];
    while (low < high) { const middle = (low + high) >> 1; if (this.column[this.order[middle]] < column) low = middle + 1; else high = middle; }
    return low;
  }
  // The items in a box; where several share a spot of a size, one of them.
  visible({ left, top, right, bottom }, spot) {
    const found = [], rowStep = Math.max(1, Math.round(spot / this.stepY)), step = Math.max(1, Math.round(spot / this.stepX));
    const first = Math.max(0, Math.floor((top - this.height()) / this.stepY / rowStep) * rowStep), last = Math.min(this.rowCount - 1, Math.floor(bottom / this.stepY));
    for (let r = first; r <= last; r += rowStep)
      for (let i = this.lower(r, (left - this.width()) / this.stepX); i < this.start[r + 1] && this.x(this.order[i]) <= right; i += step) found.push(this.order[i]);
    return found;
  }
  at(x, y) {
    const r = Math.floor(y / this.stepY);
    if (r < 0 || r >= this.rowCount) return -1;
    for (let i = this.lower(r, (x - this.width()) / this.stepX); i < this.start[r + 1] && this.x(this.order[i]) <= x; i++)
      if (x <= this.x(this.order[i]) + this.width() && y <= this.y(this.order[i]) + this.height()) return this.order[i];
    return -1;
  }
}

export const nodeLayer = Object.assign(new Grid("nodes", nodeCount, nodes.column, nodes.row), {
  scheme: "place",
  label: n => nodes.operators[nodes.operator[n]], detail: n => nodes.parent[n] < 0 ? nodes.name[n] : nodes.name[n].slice(nodes.name[nodes.parent[n]].length),
  color(n) { return schemes[this.scheme].color(n); },
  isDashed: n => nodes.reason[n] >= 0, segment: n => nodes.segment[n],
  edges: n => [...outgoing(n), ...incoming(n)].map(edge),
});

// The graph before the passes. Its nodes are colored by the pass that removed them.
const beforeOut = before && rowsOf(before.edges, 2, 0, before.nodes.name.length), beforeIn = before && rowsOf(before.edges, 2, 1, before.nodes.name.length);
export const beforeLayer = before && Object.assign(new Grid("before", before.nodes.name.length, before.nodes.column, before.nodes.row), {
  label: n => before.nodes.operators[before.nodes.operator[n]], detail: n => before.nodes.name[n],
  color: n => passColor(before.nodes.removedBy[n]), isDashed: n => before.nodes.removedBy[n] >= 0,
  segment: n => before.nodes.becomes[n] < 0 ? -1 : nodes.segment[before.nodes.becomes[n]],
  edges: n => [...beforeOut(n), ...beforeIn(n)].map(e => ({ from: before.edges[2 * e], to: before.edges[2 * e + 1] })),
  legend: [[passColor(-1), "still there"], ...[...new Set(before.nodes.removedBy.filter(c => c >= 0))].sort((a, b) => a - b).map(c => changes[c].pass)
    .filter((p, i, all) => all.indexOf(p) === i).map(p => [passColor(changes.findIndex(c => c.pass === p)), `removed by ${p}`])],
});

// Segments, and in those that are open their blocks and nodes: each open region is a frame around its parts. Items are the regions and, behind them, the nodes.
const regionCount = segments.length + blocks.label.length, gap = 40, header = 34, border = 20;
const partsOf = Array.from({ length: regionCount }, () => []);
for (let b = 0; b < blocks.label.length; b++) partsOf[blocks.parent[b]].push(segments.length + b);
for (let n = 0; n < nodeCount; n++) partsOf[nodes.region[n]].push(regionCount + n);

class Regions {
  constructor() {
    const places = [segments.map(s => [s.column, s.row]), blocks.label.map((_, b) => [blocks.column[b], blocks.row[b]])].flat();
    Object.assign(this, { name: "regions", count: regionCount + nodeCount, scheme: "place", open: new Set(), box: new Map(), leastWidth: 150 });
    this.place = i => i < regionCount ? places[i] : [nodes.regionColumn[i - regionCount], nodes.regionRow[i - regionCount]];
    this.arrange();
  }
  parts(i) { return i < 0 ? segments.map((_, s) => s) : partsOf[i]; }
  around(i) { return i >= regionCount ? nodes.region[i - regionCount] : i >= segments.length ? blocks.parent[i - segments.length] : -1; }
  isFrame(i) { return this.open.has(i); }
  itemOf(node) { return node + regionCount; }
  nodeOf(i) { return i - regionCount; }
  isRegion(i) { return i < regionCount; }

  toggle(i) { if (i >= regionCount) return; if (this.open.has(i)) this.open.delete(i); else this.open.add(i); this.arrange(); }
  closeAll() { this.open.clear(); this.arrange(); }
  // Opens what is around an item.
  reveal(i) {
    let isNew = false;
    for (let r = this.around(i); r >= 0; r = this.around(r)) if (!this.open.has(r)) { this.open.add(r); isNew = true; }
    if (isNew) this.arrange();
  }

  // Places what can be seen. The parts of a region stand in rows around its middle; each is as large as what it has open.
  arrange() {
    this.box = new Map();
    const size = this.measure(-1);
    this.move(-1, -size.width / 2, 0);
    this.order = [...this.box.keys()];
    this.shownEdges = undefined;
  }
  measure(region) {
    const rows = new Map();
    for (const i of this.parts(region)) {
      const [column, row] = this.place(i), isOpen = this.open.has(i);
      const size = isOpen ? this.measure(i) : i < regionCount ? { width: 150, height: 54 } : { width: 120, height: 40 };
      this.box.set(i, size);
      if (!rows.has(row)) rows.set(row, []);
      rows.get(row).push({ i, column, size });
    }
    let y = 0, left = Infinity, right = -Infinity;
    for (const [, row] of [...rows].sort((a, b) => a[0] - b[0])) {
      row.sort((a, b) => a.column - b.column);
      let end = -Infinity, shift = 0;
      for (const part of row) {
        const wish = part.column * 190 - part.size.width / 2;
        part.size.x = Math.max(wish, end);
        shift += part.size.x - wish;
        end = part.size.x + part.size.width + gap;
      }
      for (const { size } of row) {
        size.x -= shift / row.length;
        size.y = y;
        left = Math.min(left, size.x);
        right = Math.max(right, size.x + size.width);
      }
      y += Math.max(...row.map(p => p.size.height)) + 56;
    }
    if (left > right) left = right = 0;
    for (const i of this.parts(region)) this.box.get(i).x -= left;
    return { width: Math.max(150, right - left + 2 * border), height: Math.max(0, y - 56) + header + border };
  }
  // From places inside each region to places in the picture. Frames come before what is in them.
  move(region, x, y) {
    for (const i of this.parts(region)) {
      const box = this.box.get(i);
      this.box.delete(i);
      box.x += x; box.y += y;
      this.box.set(i, box);
      if (this.open.has(i)) this.move(i, box.x + border, box.y + header);
    }
  }
  x(i) { return this.box.get(i).x; }
  y(i) { return this.box.get(i).y; }
  width(i) { return this.box.get(i).width; }
  height(i) { return this.box.get(i).height; }
  isLong(from, to) { return this.y(to) - this.y(from) - this.height(from) > 120; }
  visible({ left, top, right, bottom }) {
    return this.order.filter(i => { const b = this.box.get(i); return b.x <= right && b.x + b.width >= left && b.y <= bottom && b.y + b.height >= top; });
  }
  at(x, y) {
    let found = -1;
    for (const i of this.visible({ left: x, right: x, top: y, bottom: y })) found = i; // the innermost one is the last
    return found;
  }
  // An edge goes from what shows its source to what shows its target.
  edges(i) { return (this.shownEdges ??= this.liftEdges()).get(i) ?? []; }
  liftEdges() {
    const shown = new Int32Array(regionCount), edges = new Map(), seen = new Set();
    const through = (i, around) => around < 0 || this.open.has(around) && shown[around] === around ? i : shown[around];
    for (let r = 0; r < regionCount; r++) shown[r] = through(r, this.around(r));
    const shownNode = n => through(regionCount + n, nodes.region[n]);
    const add = (at, e) => { if (!edges.has(at)) edges.set(at, []); edges.get(at).push(e); };
    for (let e = 0; e < data.edges.length; e += 3) {
      const from = shownNode(data.edges[e]), to = shownNode(data.edges[e + 1]), key = from * this.count + to;
      if (from === to || seen.has(key)) continue;
      seen.add(key);
      add(from, { from, to });
      add(to, { from, to });
    }
    return edges;
  }
  label(i) { return i < regionCount ? nameOfRegion(i) : nodeLayer.label(i - regionCount); }
  detail(i) { return i < regionCount ? `${nodesIn(i)} ${nodesIn(i) === 1 ? "node" : "nodes"}` : partName(i - regionCount); }
  segment(i) { return i < regionCount ? segmentOfRegion(i) : nodes.segment[i - regionCount]; }
  isDashed(i) { return i < regionCount ? segments[this.segment(i)].engine < 0 : nodeLayer.isDashed(i - regionCount); }
  color(i) {
    if (i >= regionCount) return schemes[this.scheme].color(i - regionCount);
    if (this.scheme === "time") return timeColor(this.segment(i));
    return this.scheme === "place" ? colorOfSegment(this.segment(i)) : this.colorOfNodes(i);
  }
  // A region has the color that most of its nodes have; where some colors matter more, the one that matters most.
  colorOfNodes(region) {
    if (this.countedScheme !== this.scheme) { this.countedScheme = this.scheme; this.counted = undefined; }
    this.counted ??= this.countColors();
    return this.counted[region];
  }
  countColors() {
    const { color, order } = schemes[this.scheme], counts = partsOf.map(() => new Map());
    for (let n = 0; n < nodeCount; n++) {
      const c = color(n);
      for (let r = nodes.region[n]; r >= 0; r = this.around(r)) counts[r].set(c, (counts[r].get(c) ?? 0) + 1);
    }
    return counts.map(m => order?.find(c => m.has(c)) ?? [...m].reduce((most, one) => one[1] > most[1] ? one : most, ["", 0])[0]);
  }
}

export const regionLayer = new Regions();
