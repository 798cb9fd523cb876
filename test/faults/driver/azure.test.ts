import { openOnAzurite } from "../../support/azure.ts";
import { ACCOUNT_KEY, startAzurite } from "../../support/azurite.ts";
import { remoteFaults } from "./remote.ts";

const said = (status: number, code: string, message = "no") =>
  ({
    kind: "answer",
    status,
    headers: { "x-ms-error-code": code, "content-type": "application/xml" },
    body: `<?xml version="1.0" encoding="utf-8"?><Error><Code>${code}</Code><Message>${message}</Message></Error>`,
  }) as const;

remoteFaults("azure", {
  async start() {
    const azurite = await startAzurite();
    const { origin, pathname } = new URL(azurite.serviceUrl);
    return {
      url: origin,
      open: (url) => openOnAzurite(azurite, { serviceUrl: url + pathname }),
      stop: azurite.stop,
    };
  },
  answers: [
    ["BlobNotFound", said(404, "BlobNotFound"), "not_found"],
    ["a missing container", said(404, "ContainerNotFound"), "unexpected"],
    ["a missing account", said(404, "ResourceNotFound"), "unexpected"],
    ["404 of somebody in between", { kind: "answer", status: 404 }, "unexpected"],
    ["a container that is being deleted", said(409, "ContainerBeingDeleted"), "unavailable"],
    ["a wrong key", said(403, "AuthenticationFailed"), "denied"],
    ["a missing role", said(403, "AuthorizationPermissionMismatch"), "denied"],
    ["a network rule", said(403, "AuthorizationFailure"), "denied"],
    ["401 of somebody in between", { kind: "answer", status: 401 }, "denied"],
    ["ServerBusy", said(503, "ServerBusy"), "throttled"],
    ["429", { kind: "answer", status: 429 }, "throttled"],
    ["InternalError", said(500, "InternalError"), "unavailable"],
    ["OperationTimedOut", said(500, "OperationTimedOut"), "unavailable"],
    ["502 of somebody in between", { kind: "answer", status: 502 }, "unavailable"],
    ["an archived blob", said(409, "BlobArchived"), "unexpected"],
  ],
  secrets: [ACCOUNT_KEY.slice(0, 20), /SharedKey \w+:/, /[?&]sig=/],
});
