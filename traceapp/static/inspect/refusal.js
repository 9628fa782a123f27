// What could not be verified, and why: `code` is the same stable word that the service's own verifier uses.

export class Refusal extends Error {
  // `code`: malformed, bad-signature, unknown-key, key-not-valid, not-in-log, inconsistent-log, cannot-be-checked.
  // `problem` names the case for words in the reader's language, `values` fill them.
  constructor(code, message, problem = code, values = {}) {
    super(message);
    Object.assign(this, { code, problem, values });
  }
}

export const malformed = (message, problem, values) => new Refusal('malformed', message, problem, values);
