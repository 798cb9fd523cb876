/** An error whose message tells the operator what happened and what to do, so that a stack would only be in the way. */
export class ExplainedError extends Error {
  override readonly name = "ExplainedError";
}
