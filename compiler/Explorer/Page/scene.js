// Draws a layer on the canvas: only what is visible, and less of each item the smaller it is. Items without room for text are plain
// boxes; where several items share a pixel, one of them is drawn.
const mostWithEdges = 1500, textFrom = 0.55, bordersFrom = 0.12, leastPixels = 3;

export class Scene {
  constructor(canvas, onSelect) {
    Object.assign(this, { canvas, onSelect, pen: canvas.getContext("2d"), scale: 1, left: 0, top: 0, selected: -1, frames: 0, pending: false });
    new ResizeObserver(() => this.resize()).observe(canvas);
    canvas.addEventListener("wheel", e => { e.preventDefault(); this.zoom(Math.exp(-e.deltaY / 400), e.offsetX, e.offsetY); }, { passive: false });
    canvas.addEventListener("pointerdown", e => { this.drag = { x: e.offsetX, y: e.offsetY, moved: 0 }; canvas.setPointerCapture(e.pointerId); });
    canvas.addEventListener("pointermove", e => this.move(e));
    canvas.addEventListener("pointerup", e => { if (this.drag && this.drag.moved < 4) this.pick(e.offsetX, e.offsetY); this.drag = null; });
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.draw());
  }
  show(layer) { if (this.layer === layer) return; this.layer = layer; this.selected = -1; this.resize(); this.fit(); }
  resize() {
    const ratio = devicePixelRatio || 1, { clientWidth: width, clientHeight: height } = this.canvas;
    this.canvas.width = width * ratio; this.canvas.height = height * ratio; this.width = width; this.height = height;
    this.pen.setTransform(ratio, 0, 0, ratio, 0, 0);
    if (this.isFitted) this.fit(); else this.draw();
  }
  boxOf(i) { const { layer } = this, left = layer.x(i), top = layer.y(i); return { left, top, right: left + layer.width(i), bottom: top + layer.height(i) }; }
  get view() { return { left: this.left, top: this.top, right: this.left + this.width / this.scale, bottom: this.top + this.height / this.scale }; }
  fit(items) {
    if (!this.layer || !this.width) return;
    const all = { left: Infinity, top: Infinity, right: -Infinity, bottom: -Infinity }, margin = 20;
    for (const i of items ?? this.layer.order) {
      const box = this.boxOf(i);
      all.left = Math.min(all.left, box.left); all.right = Math.max(all.right, box.right);
      all.top = Math.min(all.top, box.top); all.bottom = Math.max(all.bottom, box.bottom);
    }
    if (all.left > all.right) { this.draw(); return; }
    this.scale = Math.min(1.5, (this.width - 2 * margin) / (all.right - all.left), (this.height - 2 * margin) / (all.bottom - all.top));
    this.left = (all.left + all.right) / 2 - this.width / 2 / this.scale;
    this.top = (all.top + all.bottom) / 2 - this.height / 2 / this.scale;
    this.isFitted = !items;
    this.draw();
  }
  zoom(factor, x = this.width / 2, y = this.height / 2) {
    const scale = Math.min(4, Math.max(1e-4, this.scale * factor));
    this.left += x / this.scale - x / scale; this.top += y / this.scale - y / scale;
    this.scale = scale; this.isFitted = false; this.draw();
  }
  pan(x, y) { this.left += x / this.scale; this.top += y / this.scale; this.isFitted = false; this.draw(); }
  move(e) {
    if (!this.drag) return;
    const x = this.drag.x - e.offsetX, y = this.drag.y - e.offsetY;
    this.drag = { x: e.offsetX, y: e.offsetY, moved: this.drag.moved + Math.abs(x) + Math.abs(y) };
    this.pan(x, y);
  }
  pick(x, y) {
    const item = this.layer.at(this.left + x / this.scale, this.top + y / this.scale);
    if (item >= 0) this.onSelect(item);
  }
  select(item, center = true) {
    this.selected = item;
    if (item >= 0 && center) {
      if (this.scale < textFrom && !this.layer.isFrame(item)) this.scale = textFrom;
      const { left, top, right, bottom } = this.view, box = this.boxOf(item), isInside = box.left > left && box.top > top && box.right < right && box.bottom < bottom;
      if (!isInside) { this.left = (box.left + box.right) / 2 - this.width / 2 / this.scale; this.top = box.top - this.height / 2 / this.scale; this.isFitted = false; }
    }
    this.draw();
  }
  draw() { if (this.pending) return; this.pending = true; requestAnimationFrame(() => { this.pending = false; this.paint(); }); }
  paint() {
    const { pen, layer, scale } = this, style = getComputedStyle(document.documentElement), text = style.getPropertyValue("--text"), back = style.getPropertyValue("--panel");
    pen.clearRect(0, 0, this.width, this.height);
    if (!layer) return;
    const visible = layer.visible(this.view, leastPixels / scale), frames = visible.filter(i => layer.isFrame(i)), boxes = visible.filter(i => !layer.isFrame(i));
    pen.textBaseline = "middle";
    for (const i of frames) this.frame(i, back, text, style);
    if (visible.length <= mostWithEdges) this.edges(visible, style.getPropertyValue("--soft"));
    if (scale < bordersFrom) this.specks(boxes);
    pen.font = `${Math.round(12 * Math.min(1.2, scale))}px system-ui, sans-serif`;
    for (const i of scale < bordersFrom ? boxes.filter(v => v === this.selected) : boxes) {
      const [x, y, width, height] = this.pixels(i);
      pen.fillStyle = layer.color(i); pen.fillRect(x, y, width, height);
      if (width > 8) this.border(i, text);
      this.mark(i, style);
      if (scale < textFrom) continue;
      pen.save(); pen.beginPath(); pen.rect(x, y, width, height); pen.clip(); pen.fillStyle = "#000";
      pen.fillText(layer.label(i), x + 6, y + height * 0.32); pen.fillText(layer.detail(i), x + 6, y + height * 0.72); pen.restore();
    }
    pen.setLineDash([]);
    this.frames++;
    this.drawn = visible.length;
    this.firstPicture ??= performance.now();
  }
  pixels(i) {
    const { layer, scale } = this;
    return [(layer.x(i) - this.left) * scale, (layer.y(i) - this.top) * scale, Math.max(leastPixels, layer.width(i) * scale), Math.max(leastPixels, layer.height(i) * scale)];
  }
  border(i, color) {
    const { pen } = this;
    pen.setLineDash(this.layer.isDashed(i) ? [4, 3] : []); pen.lineWidth = 1; pen.strokeStyle = color; pen.strokeRect(...this.pixels(i));
  }
  mark(i, style) {
    if (i !== this.selected) return;
    const { pen } = this, [x, y, width, height] = this.pixels(i);
    pen.setLineDash([]); pen.lineWidth = 4; pen.strokeStyle = style.getPropertyValue("--mark"); pen.strokeRect(x - 3, y - 3, Math.max(width, 6) + 6, Math.max(height, 6) + 6);
  }
  // An open region: its name is on a strip in its color.
  frame(i, back, text, style) {
    const { pen, layer, scale } = this, [x, y, width, height] = this.pixels(i), strip = Math.min(height, 24 * scale);
    pen.fillStyle = back; pen.fillRect(x, y, width, height);
    pen.fillStyle = layer.color(i); pen.fillRect(x, y, width, strip);
    this.border(i, text);
    this.mark(i, style);
    if (scale < textFrom / 2) return;
    pen.save(); pen.beginPath(); pen.rect(x, y, width, strip); pen.clip(); pen.fillStyle = "#000"; pen.font = `${Math.round(12 * Math.min(1.2, scale))}px system-ui, sans-serif`;
    pen.fillText(`${layer.label(i)}, ${layer.detail(i)}`, Math.max(x, 0) + 6, y + strip / 2); pen.restore();
  }
  // Items too small for borders and text: one path for each color, because each change of color costs time.
  specks(items) {
    const { pen, layer } = this, colors = new Map();
    for (const i of items) {
      const color = layer.color(i);
      let path = colors.get(color);
      if (!path) colors.set(color, path = new Path2D());
      path.rect(...this.pixels(i));
    }
    for (const [color, path] of colors) { pen.fillStyle = color; pen.fill(path); }
  }
  edges(visible, color) {
    const { pen, layer, scale } = this;
    pen.strokeStyle = color; pen.lineWidth = 1; pen.setLineDash([]); pen.beginPath();
    for (const i of visible) {
      for (const e of layer.edges(i)) {
        if (e.from !== i && this.sees(e.from)) continue; // drawn from its other end
        const from = this.boxOf(e.from), to = this.boxOf(e.to);
        const x = ((from.left + from.right) / 2 - this.left) * scale, y = (from.bottom - this.top) * scale;
        const toX = ((to.left + to.right) / 2 - this.left) * scale, toY = (to.top - this.top) * scale, bend = Math.max(8 * scale, (toY - y) / 2);
        const side = layer.isLong(e.from, e.to) ? layer.leastWidth * 0.9 * scale : 0; // a long edge goes around what is between
        pen.moveTo(x, y); pen.bezierCurveTo(x + side, y + bend, toX + side, toY - bend, toX, toY);
      }
    }
    pen.stroke();
  }
  sees(i) {
    const box = this.boxOf(i), { left, top, right, bottom } = this.view;
    return box.right >= left && box.bottom >= top && box.left <= right && box.top <= bottom;
  }
}
