// Addresses that open a page with a figure in the state it is in: `#figure-nms_stepper?step=3`
// says where the figure is, and what differs from its first state. An address may come from
// anybody, so only what stands in STATES is read from it, and only if it makes sense there;
// the rest of it is ignored.
//
// The playground is not here: its address keeps a whole experiment (engine/config.js).

/** @typedef {Record<string, any>} State */
/** @typedef {(value: any, state: State) => boolean} Check */

(() => {
  const MOST = 4000; // letters of an address that are read
  const DIGITS = 1e4; // a number is written to four of them
  const BACKGROUND = /^(meadow|evening|autumn|snow|sea|plain) \d{1,3}$/;

  /** @type {(least: number, most: number) => Check} */
  const between = (least, most) => (value) =>
    typeof value === "number" && value >= least && value <= most;

  /** @type {(least: number, most: number | ((state: State) => number)) => Check} */
  const whole = (least, most) => (value, state) => Number.isInteger(value) && value >= least
    && value <= (typeof most === "number" ? most : most(state));

  /** @type {(values: any[] | ((state: State) => any[])) => Check} */
  const oneOf = (values) => (value, state) =>
    (typeof values === "function" ? values(state) : values).includes(value);

  /** @type {(each: Check, least: number, most?: number) => Check} */
  const listOf = (each, least, most = least) => (value, state) => Array.isArray(value)
    && value.length >= least && value.length <= most && value.every((one) => each(one, state));

  /** @type {Check} */
  const yesOrNo = (value) => typeof value === "boolean";

  /** @type {Check} xyxy in fractions; a reader may draw a box beyond the image */
  const box = (value, state) => listOf(between(-1, 2), 4)(value, state)
    && value[0] < value[2] && value[1] < value[3];

  /** @type {(values: (state: State) => any[]) => Check} some of them, each once, in their order */
  const someOf = (values) => (value, state) => Array.isArray(value)
    && `${values(state).filter((one) => value.includes(one))}` === `${value}`;

  /** @type {Check} */
  const thing = (value, { network }) => typeof value === "object" && value !== null
    && `${Object.keys(value).sort()}` === "colour,flip,height,name,turn,x,y"
    && network.classes.slice(1).includes(value.name) && between(-0.5, 1.5)(value.x, {})
    && between(-0.5, 1.5)(value.y, {}) && between(0.02, 1.2)(value.height, {})
    && between(-360, 360)(value.turn, {}) && yesOrNo(value.flip, {})
    && whole(0, 20)(value.colour, {});

  const cell = listOf(whole(0, 37), 2);
  const share = between(0, 1);

  /** @type {Record<string, Record<string, Check>>} by the name of the widget, and the trait */
  const STATES = {
    augmentation_lab: {
      seed: whole(0, 1e6), chosen: whole(-1, 8), steps: someOf(({ steps }) => steps),
      constraint: oneOf(({ constraints }) => ["drawn", "whole", ...constraints]),
    },
    default_box_explorer: {
      layout_name: oneOf(({ layouts }) => [...Object.keys(layouts), "your scales"]),
      feature_map: whole(0, 5), cell, ratios: someOf(() => [2, 3]), extra_box: yesOrNo,
      s_min: between(0.05, 0.95), s_max: between(0.05, 0.95),
      show: oneOf(["cell", "map", "all"]), gt_box: box,
    },
    feature_map_explorer: {
      network: oneOf(({ networks }) => Object.keys(networks)), feature_map: whole(0, 5), cell,
    },
    hard_negative_lab: {
      ratio: between(0, 200), shown_map: whole(0, ({ layout_table }) => layout_table.maps.length),
    },
    head_walk: {
      step: whole(-1, 4), feature_map: whole(0, ({ maps }) => maps.length - 1), cell,
      channel: whole(0, (one) => one.boxes_per_cell * (one.num_classes + 4) - 1),
    },
    iou_playground: { box_a: box, box_b: box },
    live_detector: {
      things: listOf(thing, 0, 16), background: (value) => BACKGROUND.test(value),
      score_threshold: between(0.05, 0.95), iou_threshold: share,
    },
    matching_explorer: {
      layout_name: oneOf(({ layouts }) => Object.keys(layouts)),
      rule: oneOf(["bipartite", "argmax"]),
      // As many as the names, which an address cannot change.
      gt_boxes: (value, state) => listOf(box, state.names.length)(value, state),
      iou_threshold: share, walk: whole(0, 1000), chosen: whole(0, ({ names }) => names.length - 1),
    },
    nms_stepper: {
      score_threshold: share, iou_threshold: share, mode: oneOf(({ modes }) => modes),
      step: whole(0, ({ candidates }) => candidates.length),
    },
    offset_lab: {
      default_box: box, gt_box: box, prediction: box, variances: yesOrNo, arrows: whole(0, 2),
    },
    precision_recall_explorer: {
      kind: oneOf(({ kinds }) => kinds), threshold: share, iou_threshold: share,
    },
    self_check: { at: whole(0, ({ questions }) => questions.length - 1) },
    training_replay: {
      moment: whole(0, ({ run }) => run.moments.length - 1), threshold: between(0.3, 1),
      mined: yesOrNo,
    },
  };

  /** @param {number} value */
  const short = (value) => Math.round(value * DIGITS) / DIGITS;

  /** @param {unknown} value */
  const written = (value) => encodeURIComponent(JSON.stringify(value, (_, one) =>
    (typeof one === "number" ? short(one) : one))).replaceAll("%2C", ",");

  /** @param {string} text */
  function parsed(text) {
    try {
      return JSON.parse(decodeURIComponent(text));
    } catch {
      return undefined;
    }
  }

  /**
   * The place that an address names, and what it says of it.
   * @param {string} hash
   */
  function split(hash) {
    const [, place, rest = ""] = /^#([^?]*)\??(.*)$/.exec(hash.slice(0, MOST)) ?? ["", "", ""];
    return { place, pairs: rest.split("&").map((pair) => pair.split("=")) };
  }

  /**
   * What an address says of a figure, as far as it makes sense.
   * @param {HTMLElement} figure
   * @param {State} first the state that the figure's page gives it
   * @param {string} hash
   */
  function read(figure, first, hash) {
    const { place, pairs } = split(hash);
    const checks = STATES[`${figure.dataset.widget}`];
    if (!checks || place !== figure.id) return {};
    const found = pairs.filter(([name]) => Object.hasOwn(checks, name))
      .map(([name, text]) => [name, parsed(text ?? "")]);
    return Object.fromEntries(found.filter(([name, value]) =>
      value !== undefined && checks[name](value, first)));
  }

  /**
   * The address of a figure's state: what is not as it was at first.
   * @param {HTMLElement} figure
   * @param {State} first
   * @param {State} now
   */
  function write(figure, first, now) {
    const checks = STATES[`${figure.dataset.widget}`];
    const other = Object.keys(checks).filter((name) => checks[name](now[name], first)
      && written(now[name]) !== written(first[name]));
    const pairs = other.map((name) => `${name}=${written(now[name])}`).join("&");
    return `#${figure.id}${pairs ? `?${pairs}` : ""}`;
  }

  /** Give every figure a name of its own in the page: figure-offset_lab, figure-offset_lab-2. */
  function nameFigures() {
    /** @type {NodeListOf<HTMLElement>} */
    const figures = document.querySelectorAll("figure.ssd-widget[data-widget]");
    for (const figure of figures) {
      const name = `figure-${figure.dataset.widget}`;
      let id = name;
      for (let k = 2; document.getElementById(id); k += 1) id = `${name}-${k}`;
      figure.id ||= id;
    }
  }

  /**
   * Put a button below a figure that gives its address.
   * @param {HTMLElement} figure
   * @param {State} first
   * @param {() => State} now
   */
  function offer(figure, first, now) {
    if (!figure.id || !STATES[`${figure.dataset.widget}`]) return;
    const line = document.createElement("p");
    line.className = "ssd-link-here";
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = "Link to this state";
    const said = document.createElement("span");
    said.setAttribute("role", "status");
    button.addEventListener("click", async () => {
      history.replaceState(null, "", write(figure, first, now()));
      try {
        await navigator.clipboard.writeText(location.href);
        said.textContent = "Copied, and in the address bar.";
      } catch {
        said.textContent = "It is in the address bar now.";
      }
      setTimeout(() => { said.textContent = ""; }, 4000);
    });
    line.append(said, button);
    figure.append(line);
    // On paper a table would tell of a state that the picture beside it is no longer in.
    addEventListener("beforeprint", () => {
      figure.classList.toggle("ssd-changed", write(figure, first, now()).includes("?"));
    });
  }

  Object.assign(window, { ssdStates: { place: (/** @type {string} */ hash) => split(hash).place,
    read, offer } });
  document.addEventListener("DOMContentLoaded", nameFigures);
})();
