// What Sphinx' language_data.js declares in the search page.
declare class Stemmer {
  stemWord(word: string): string;
}
declare const stopwords: string[];

interface GivenAnswer {
  given: string;
  verdict: "right" | "wrong" | "shown";
  first: boolean | null;
}
interface Window {
  // The loader's (book/_static/loader.js): what a file of the site carries, as text or
  // as bytes, and a figure that is brought to life.
  ssdLoad(name: string): Promise<string>;
  ssdBytes(name: string): Promise<ArrayBuffer>;
  ssdMount(figure: HTMLElement): Promise<void>;
  // states.js's: addresses of the states that figures are in.
  ssdStates: {
    place(hash: string): string;
    read(figure: HTMLElement, first: object, hash: string): Record<string, unknown>;
    offer(figure: HTMLElement, first: object, now: () => Record<string, unknown>): void;
  };
  // memory.js's, in the built page: what was answered before.
  ssdMemory?: {
    recall(question: string): GivenAnswer | undefined;
    keep(question: string, answer: GivenAnswer): void;
    prepare(widget: string | undefined, state: Record<string, any>): Promise<void>;
  };
}
// nn.wasm in base64, before the worker's program (worker_source in widgets/modules.py).
declare const NN_WASM: string;
// train.wasm likewise (trainer_source).
declare const TRAIN_WASM: string;
