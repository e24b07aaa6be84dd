// A cell of a feature map: the part of the image that it can see, its longest default boxes,
// and what the map's channels hold there.

import {
  Figure, fields, headline, keyRow, more, panel, pointAt, sideBySide, smallLine,
} from "./controls.js";
import { FieldView } from "./field_view.js";
import { boxSizes } from "./geometry.js";
import { arrowToCell, clamp, context2d, make } from "./stage.js";

/** @import { AnyWidget } from "@anywidget/types" */
/** @import { NetworkMap } from "./field_view.js" */
/** @typedef {{ image: number, weights: string, maps: NetworkMap[] }} Network */
/** @typedef {{ network: string, feature_map: number, cell: number[] }} Chosen */
/** @typedef {Chosen & { ask: string, answer: string, lights: string }} Try */
/**
 * @typedef {Chosen & { networks: Record<string, Network>, activations_url: string,
 *   tries: Try[] }} Traits
 */

const TILES = 8; // channels that are shown
const TRAINED = "trained on toy scenes.";
const [POINT, TAP] = ["Point at one to lay it on the image; a press keeps it.",
  "Tap one to lay it on the image."];

/** @satisfies {AnyWidget<Traits>} */
export default {
  render({ model, el }) {
    const figure = new Figure(model, el);
    /** @type {string | undefined} what a reader points at beside the image */
    let lit;
    /** @type {Try | undefined} the question that was asked last */
    let asked;
    /** @type {number[] | undefined} the cell under the mouse; else the chosen one is shown */
    let pointed;
    /** @type {number | undefined} the channel under the mouse; else the one that was pressed */
    let over;
    /** @type {number | undefined} */
    let kept;
    const canvases = Array.from({ length: TILES }, () => make("canvas"));
    const sheet = make("img", { src: model.get("activations_url"), alt: "", onload: refresh });

    // What is looked at
    function network() {
      const networks = model.get("networks");
      return networks[model.get("network")] ?? Object.values(networks)[0];
    }

    function index() {
      return clamp(model.get("feature_map"), 0, network().maps.length - 1);
    }

    function map() {
      return network().maps[index()];
    }

    /** @param {number[]} at row and column, which may lie beyond the map */
    function inside(at) {
      return at.map((place) => clamp(Math.floor(place), 0, map().grid - 1));
    }

    function isTrained() {
      return network().weights === "trained";
    }

    /** What the last answer is about, as long as the reader stays where it holds. */
    function topic() {
      const { network: name, cell: [row, column], lights } = asked ?? { cell: [] };
      const [y, x] = model.get("cell");
      return asked?.feature_map === index() && name === model.get("network") && row === y
        && column === x ? lights : undefined;
    }

    function cell() {
      return inside(pointed ?? model.get("cell"));
    }

    /**
     * @param {number} row
     * @param {number} column
     */
    function choose(row, column) {
      pointed = undefined;
      figure.put({ cell: inside([row, column]) });
      refresh(); // also if it was chosen before
    }

    /** @param {number[]} [at] nowhere, if left out */
    function point(at) {
      if (`${at}` === `${pointed}`) return;
      pointed = at;
      refresh();
    }

    /**
     * Look at another map, at the same place of the image.
     * @param {string} name of its network
     * @param {number} to
     */
    function look(name, to) {
      const { image, maps } = model.get("networks")[name];
      const feature_map = Math.min(to, maps.length - 1);
      const share = ((map().step / network().image) * image) / maps[feature_map].step;
      const at = inside(model.get("cell")).map((place) => Math.floor((place + 0.5) * share));
      figure.put({ network: name, feature_map, cell: at });
    }

    const view = new FieldView(figure, () => ({
      image: network().image, map: map(), index: index(), cell: cell(), lit,
      asked: topic(),
      channel: isTrained() ? canvases[over ?? kept ?? -1] : undefined,
    }));
    const { stage } = view;

    // Controls
    const cards = make("div",
      { class: "ssd-map-choice", role: "radiogroup", "aria-label": "Feature map" });
    const share = headline("This cell can see", "share");
    stage.frame.append(figure.settings({ network: (name) => name },
      (_, name) => look(name, index()))); // at its rim, which stays in sight
    const [field, padding, boxes] = [
      ["own", "receptive field", "field"], ["own", "padding, share of its field", "padding"],
      ["default", "longest default boxes", "boxes"],
    ].map(([token, text, name]) => keyRow(token, text, {
      name, dashed: name === "boxes", light: (on) => {
        lit = on ? name : undefined;
        stage.draw();
      },
    }));
    const about = smallLine("channels");
    const where = smallLine("cell");
    const marks = canvases.map(() => make("i"));
    const tiles = canvases.map((canvas, i) => {
      const lay = (/** @type {number | undefined} */ to) => {
        over = to;
        stage.draw();
      };
      return make("button", {
        type: "button", class: "ssd-channel", "aria-pressed": "false",
        onpointermove: ({ pointerType, clientX, clientY }) => {
          if (pointerType !== "mouse") return;
          const { left, top, width } = canvas.getBoundingClientRect();
          point(inside([clientY - top, clientX - left].map((at) => (at / width) * map().grid)));
          lay(i);
        },
        onpointerleave: () => {
          point();
          lay(undefined);
        },
        onclick: () => {
          lay(undefined);
          keep(kept === i ? undefined : i);
        },
      }, canvas, marks[i]);
    });
    /** @param {number} [channel] over the image, or none */
    function keep(channel) {
      kept = channel;
      tiles.forEach((tile, k) => tile.setAttribute("aria-pressed", `${k === kept}`));
      stage.draw();
    }

    const networks = Object.entries(model.get("networks"));
    const sheets = make("div", { class: "ssd-tiles", role: "group", "aria-label": "Channels" },
      ...tiles);
    const channels = more("What its channels hold", about, sheets);
    channels.classList.add("ssd-held");
    channels.open = matchMedia("(min-width: 1200px)").matches; // there is room beside the image
    const numbers = panel(share.element, field.element, padding.element, boxes.element);
    const tries = figure.chips(model.get("tries").map((one) => ({
      ask: one.ask, answer: one.answer, put: () => {
        asked = one;
        keep(); // the image that the question is about
        return { network: one.network, feature_map: one.feature_map, cell: one.cell };
      },
    })));
    const rest = more("More: network, exact places", fields(
      figure.select("network", "network ", networks.map(([name]) => name), {
        texts: networks.map(([name, { weights }]) => `${name}: ${weights}`),
        put: (name) => look(name, index()),
      })), where);
    const { element } = stage;
    element.tabIndex = 0;
    element.setAttribute("role", "application");
    element.setAttribute("aria-roledescription", "grid of cells");
    const at = (/** @type {MouseEvent} */ event) => inside(view.at(event));
    element.addEventListener("pointermove", (event) => {
      if (event.pointerType === "mouse" && event.buttons === 0) point(at(event));
    });
    element.addEventListener("pointerleave", () => point());
    element.addEventListener("click", (event) => { // rounds its place: keep what was pointed at
      const [row, column] = pointed ?? at(event);
      choose(row, column);
    });
    element.addEventListener("keydown", (event) => arrowToCell(event, cell(), choose));
    figure.lay(make("div", { class: "ssd-looks" },
      sideBySide(panel(stage.frame, cards), numbers, tries, channels, rest)));

    // Numbers
    let tilesShow = "";
    function paintTiles() {
      const { grid, strip, shown, name } = map();
      const own = figure.colour(`map-${index() + 1}`);
      if (!sheet.naturalWidth || tilesShow === name + own) return;
      tilesShow = name + own;
      canvases.forEach((canvas, i) => {
        [canvas.width, canvas.height] = [grid, grid];
        const context = context2d(canvas);
        /** @type {(how: GlobalCompositeOperation, colour?: string) => void} */
        const layer = (how, colour) => {
          context.globalCompositeOperation = how;
          context.fillStyle = colour ?? "";
          if (colour) context.fillRect(0, 0, grid, grid);
          else context.drawImage(sheet, i * grid, strip, grid, grid, 0, 0, grid, grid);
        };
        layer("source-over");
        layer("screen"); // once more: what is faint comes out
        if (view.isDark()) layer("multiply", own);
        else {
          layer("difference", "white");
          layer("screen", own);
        }
        tiles[i].setAttribute("aria-label", `Channel ${shown[i]} of ${name} over the image`);
      });
    }

    let cardsShow = "";
    function showCards() {
      const { maps, image } = network();
      if (cardsShow !== model.get("network")) {
        cardsShow = model.get("network");
        const largest = Math.max(...maps.map((one) => one.field.size_px));
        cards.style.setProperty("--ssd-count", `${maps.length}`);
        cards.replaceChildren(...maps.map(({ name, grid, field: { size_px: size } }, k) => {
          const label = figure.radio("feature_map", k, "", () => look(cardsShow, k));
          label.className = "ssd-map";
          label.style.setProperty("--ssd-own", `var(--ssd-map-${k + 1})`);
          const squares = `--ssd-image: ${image / largest}; --ssd-field: ${size / largest}`;
          label.append(make("i", { style: squares }), make("b", {}, name), " ",
            make("span", {}, `${grid}\u00a0×\u00a0${grid}`, make("span", {}, " cells")), " ",
            make("span", { "data-field": k }, `sees ${size}\u00a0px`));
          return label;
        }));
      }
      cards.querySelectorAll("input").forEach((input, k) => { input.checked = k === index(); });
    }

    let looked = "";
    function refresh() {
      const { image } = network();
      const { name, grid, step, channels: count, field: seen } = map();
      const { size_px: size, step_px: every, centre_px: first } = seen;
      if (looked !== model.get("network") + name) pointed = undefined;
      looked = model.get("network") + name;
      figure.show();
      showCards();
      const [row, column] = cell();
      for (const part of [numbers, channels]) {
        part.style.setProperty("--ssd-own", `var(--ssd-map-${index() + 1})`);
      }
      const middles = [column, row].map((place) => first + place * every);
      const [across, down] = middles.map((middle) =>
        clamp(middle + size / 2, 0, image) - clamp(middle - size / 2, 0, image));
      const percent = (/** @type {number} */ part) => `${Math.round(100 * part)}\u00a0%`;
      const pair = (/** @type {number[]} */ pixels) =>
        `(${pixels.map((one) => Number(one.toFixed(1))).join(", ")})`;
      const sees = percent((across * down) / image ** 2);
      const zeros = percent(1 - (across * down) / size ** 2);
      share.say(sees, "of the image");
      field.say(`${size}\u00a0×\u00a0${size}\u00a0px`);
      padding.say(zeros);
      boxes.say(`${Math.round(Math.max(...boxSizes(map()).flat()))}\u00a0px`);
      about.textContent = `${TILES} of ${count}, ${TRAINED} `
        + (pointAt() === "Tap" ? TAP : POINT);
      channels.hidden = !isTrained(); // there is nothing to show
      where.textContent = `Row ${row}, column ${column} of ${name}. Middle of its field: `
        + `${pair(middles)}; of its boxes: `
        + `${pair([column, row].map((place) => (place + 0.5) * step))} pixels.`;
      for (const mark of marks) {
        mark.style.cssText = `left: ${(100 * column) / grid}%; top: ${(100 * row) / grid}%; `
          + `width: ${100 / grid}%; height: ${100 / grid}%`;
      }
      element.setAttribute("aria-label", `Cells of ${name}, ${grid} by ${grid}. Arrow keys move. `
        + `Row ${row}, column ${column}: it can see ${size} × ${size} pixels.`);
      view.go();
      figure.say(`Row ${row}, column ${column} of ${name}: it can see ${size} × ${size} pixels, `
        + `${sees} of the image; ${zeros} of its field is padding.`);
    }

    figure.shows.push(paintTiles);
    figure.watch(["network", "feature_map", "cell"], refresh);
    refresh();
    return figure.end;
  },
};
