/** An answer that is not a good one, in the words of the JSON API. */
export class Failure extends Error {
  readonly status: number;
  readonly reason: string;

  constructor(status: number, reason: string, message: string) {
    super(message);
    this.status = status;
    this.reason = reason;
  }

  toJson(): string {
    const { status: code, reason, message } = this;
    return JSON.stringify({ error: { code, message, errors: [{ domain: "global", reason, message }] } });
  }
}

export const noObject = (bucket: string, name: string) =>
  new Failure(404, "notFound", `No such object: ${bucket}/${name}`);
export const noBucket = () => new Failure(404, "notFound", "The specified bucket does not exist.");
export const conditionNotMet = () =>
  new Failure(412, "conditionNotMet", "At least one of the pre-conditions you specified did not hold.");
export const invalid = (message: string) => new Failure(400, "invalid", message);
