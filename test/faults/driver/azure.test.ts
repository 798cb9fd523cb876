import { azureRefusal, openOnAzurite } from "../../support/azure.ts";
import { ACCOUNT_KEY, startAzurite } from "../../support/azurite.ts";
import { remoteFaults } from "./remote.ts";

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
    ["BlobNotFound", azureRefusal(404, "BlobNotFound"), "not_found"],
    ["a missing container", azureRefusal(404, "ContainerNotFound"), "unexpected"],
    ["a missing account", azureRefusal(404, "ResourceNotFound"), "unexpected"],
    ["404 of somebody in between", { kind: "answer", status: 404 }, "unexpected"],
    ["a container that is being deleted", azureRefusal(409, "ContainerBeingDeleted"), "unavailable"],
    ["a wrong key", azureRefusal(403, "AuthenticationFailed"), "denied"],
    ["a missing role", azureRefusal(403, "AuthorizationPermissionMismatch"), "denied"],
    ["a network rule", azureRefusal(403, "AuthorizationFailure"), "denied"],
    ["401 of somebody in between", { kind: "answer", status: 401 }, "denied"],
    ["ServerBusy", azureRefusal(503, "ServerBusy"), "throttled"],
    ["429", { kind: "answer", status: 429 }, "throttled"],
    ["InternalError", azureRefusal(500, "InternalError"), "unavailable"],
    ["OperationTimedOut", azureRefusal(500, "OperationTimedOut"), "unavailable"],
    ["502 of somebody in between", { kind: "answer", status: 502 }, "unavailable"],
    ["an archived blob", azureRefusal(409, "BlobArchived"), "unexpected"],
  ],
  secrets: [ACCOUNT_KEY.slice(0, 20), /SharedKey \w+:/, /[?&]sig=/],
});
