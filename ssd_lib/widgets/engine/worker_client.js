// The page's side of a worker: starts its program, asks it, and takes its answers.

/** @typedef {{ resolve: (answer: any) => void, reject: (error: Error) => void }} Waiting */

/** A worker that answers what it is asked, by the question's number. */
export class WorkerClient {
  /** @param {string} source the worker's program */
  constructor(source) {
    const url = URL.createObjectURL(new Blob([source], { type: "text/javascript" }));
    this.worker = new Worker(url);
    URL.revokeObjectURL(url);
    this.asked = 0;
    /** @type {Map<number, Waiting>} */
    this.answers = new Map();
    this.stopped = false;
    this.worker.addEventListener("message", ({ data }) => this.hear(data));
    this.worker.addEventListener("error", ({ message }) => this.fail(new Error(message)));
  }

  /** @param {any} data what the worker says: an answer, or why there is none */
  hear({ id, answer, error }) {
    const waiting = this.answers.get(id);
    this.answers.delete(id);
    if (error === undefined) waiting?.resolve(answer);
    else waiting?.reject(new Error(error));
  }

  /** @param {Error} error */
  fail(error) {
    for (const { reject } of this.answers.values()) reject(error);
    this.answers.clear();
  }

  /**
   * @param {{ ask: string } & Record<string, any>} question
   * @param {Transferable[]} [transferred]
   * @returns {Promise<any>} null once the worker is stopped
   */
  ask(question, transferred = []) {
    if (this.stopped) return Promise.resolve(null);
    this.asked += 1;
    const id = this.asked;
    return new Promise((resolve, reject) => {
      this.answers.set(id, { resolve, reject });
      this.worker.postMessage({ id, ...question }, transferred);
    });
  }

  /** End the worker; what is still asked gets null. */
  stop() {
    this.stopped = true;
    this.worker.terminate();
    for (const { resolve } of this.answers.values()) resolve(null);
    this.answers.clear();
  }
}
