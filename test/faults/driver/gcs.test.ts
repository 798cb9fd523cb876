import { CREDENTIALS, createBucket, openOnGcs, startDouble } from "../../support/gcs.ts";
import { remoteFaults } from "./remote.ts";

const said = (status: number, reason: string, message: string) =>
  ({
    kind: "answer",
    status,
    headers: { "content-type": "application/json; charset=UTF-8" },
    body: JSON.stringify({ error: { code: status, message, errors: [{ domain: "global", reason, message }] } }),
  }) as const;

remoteFaults("gcs", {
  async start() {
    const double = await startDouble();
    const bucket = await createBucket(double.url);
    return { url: double.url, open: (url) => openOnGcs(url, { bucket }), stop: double.stop };
  },
  answers: [
    ["No such object", said(404, "notFound", "No such object: bucket/large"), "not_found"],
    ["a missing bucket", said(404, "notFound", "The specified bucket does not exist."), "unexpected"],
    ["404 of somebody in between", { kind: "answer", status: 404, body: "<html>Not here</html>" }, "unexpected"],
    ["a missing permission", said(403, "forbidden", "tests does not have storage.objects.get access"), "denied"],
    ["no credentials", said(401, "required", "Anonymous caller does not have access"), "denied"],
    ["429", said(429, "rateLimitExceeded", "The object exceeded the rate limit"), "throttled"],
    ["a limit that is told as 403", said(403, "userRateLimitExceeded", "User Rate Limit Exceeded"), "throttled"],
    ["503", said(503, "backendError", "Backend Error"), "unavailable"],
    ["500", said(500, "internalError", "Internal Error"), "unavailable"],
    ["408", { kind: "answer", status: 408 }, "unavailable"],
    ["502 of somebody in between", { kind: "answer", status: 502, body: "<html>Bad gateway</html>" }, "unavailable"],
    ["a damaged upload", said(400, "invalid", "Provided CRC32C hash doesn't match"), "unavailable"],
    ["another mistake", said(400, "invalid", "Invalid argument"), "unexpected"],
  ],
  secrets: [CREDENTIALS.private_key.slice(40, 80).replaceAll("\n", ""), /Bearer/],
});
