/** The gates of a verification, in order: id, name, and the exit code where one is the first that fails. */
const GATES = Object.freeze(
  [
    ["tree", "safe tree", 10],
    ["json", "strict JSON", 11],
    ["schema", "schemas", 12],
    ["manifest", "manifest equals tree", 13],
    ["signed", "signature present", 14],
    ["signature", "signature good", 15],
    ["subject", "signature is about these bytes", 16],
    ["binding", "members belong together", 17],
    ["recomputation", "numbers follow from episodes", 18],
    ["policy", "signer trusted", 20],
    ["rollback", "not an older package", 19],
  ].map(([id, name, exitCode]) => Object.freeze({ id, name, exitCode })),
);

/** Exit code of a package that is whole and sound, by a signer that nobody here knows. */
const UNKNOWN_SIGNER = 21;
/** Exit code of a command that was called wrongly, or of a file that cannot be read. */
const USAGE = 2;

/** A gate does not let the package pass. */
class GateFailure extends Error {
  /**
   * @param {string} gate id of the gate
   * @param {string} code stable name of the reason
   * @param {string} message one sentence
   * @param {{where?: string, next?: string}} [more] file and place; the first thing to do
   */
  constructor(gate, code, message, more = {}) {
    super(message);
    this.gate = gate;
    this.code = code;
    this.where = more.where;
    this.next = more.next;
  }
}

/** The program was called wrongly; nothing is said about any package. */
class UsageFailure extends Error {}

/** What became of each gate. A failure is never taken back, and the first reason stands. */
class GateLedger {
  constructor() {
    this.reports = new Map();
  }

  /** Run one gate: `check` returns a sentence or throws a `GateFailure`. @returns whether it passed */
  async run(id, check) {
    try {
      this.pass(id, await check());
      return true;
    } catch (error) {
      if (!(error instanceof GateFailure)) throw error;
      this.fail(error);
      return false;
    }
  }

  pass(id, detail) {
    if (!this.failed(id)) this.note(id, "pass", detail);
  }

  skip(id, detail) {
    if (!this.reports.has(id)) this.note(id, "skipped", detail);
  }

  skipRest(detail) {
    for (const gate of GATES) this.skip(gate.id, detail);
  }

  fail(failure) {
    if (this.failed(failure.gate)) return;
    this.note(failure.gate, "fail", failure.message);
    const report = this.reports.get(failure.gate);
    report.code = failure.code;
    if (failure.where) report.where = failure.where;
    if (failure.next) report.next = failure.next;
  }

  failed(id) {
    return this.reports.has(id) && this.reports.get(id).status === "fail";
  }

  passed(id) {
    return this.reports.has(id) && this.reports.get(id).status === "pass";
  }

  /** One report a gate, in the order of the gates and not of the checks. */
  inOrder() {
    return GATES.filter((gate) => this.reports.has(gate.id)).map((gate) => this.reports.get(gate.id));
  }

  firstFailure() {
    return this.inOrder().find((report) => report.status === "fail");
  }

  note(id, status, detail) {
    const gate = GATES.find((entry) => entry.id === id);
    this.reports.set(id, { id, name: gate.name, exit_code: gate.exitCode, status, detail });
  }
}
