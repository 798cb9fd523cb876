/**
 * What a client carries between the requests of an upload, as the `_state` of its Location: signed, so that any replica with
 * the same secret can trust it. The form is CNCF distribution's: base64url of an HMAC-SHA256, and the JSON that it signs.
 */
import { createHmac, createSecretKey, hash, type KeyObject, timingSafeEqual } from "node:crypto";
import * as z from "zod";
import type { Identity } from "../auth/access-controller.ts";
import { parseDigestAlgorithm } from "../oci/digest.ts";
import { RegistryError } from "../oci/errors.ts";
import type { RepositoryName } from "../oci/names.ts";
import type { UploadSession } from "../registry/upload-session.ts";
import type { Log, Runtime } from "../runtime.ts";

const payload = z.object({
  Name: z.string(),
  UUID: z.string(),
  Offset: z.int().nonnegative(),
  StartedAt: z.iso.datetime(),
  Sequence: z.int().nonnegative(),
  Algorithm: z.string(),
  Caller: z.string(),
});

const MAC_BYTES = 32;
const MAX_STATE_LENGTH = 4096;

export interface UploadStates {
  format(session: UploadSession, caller: Identity): string;
  /**
   * Throws `upload_invalid` for a state that this registry did not sign, `upload_unknown` for one that is too old, of another
   * repository or upload, or of another caller.
   */
  parse(
    state: string | null,
    expected: { readonly repository: RepositoryName; readonly id: string; readonly caller: Identity },
  ): UploadSession;
}

export function createUploadStates({
  secrets,
  runtime,
  log,
  maxAgeMilliseconds,
}: {
  /** The first signs, all verify. */
  readonly secrets: readonly [string, ...string[]];
  readonly runtime: Runtime;
  /** An operator whose replicas have different secrets sees it only here: each of them alone works. */
  readonly log: Pick<Log, "warn">;
  readonly maxAgeMilliseconds: number;
}): UploadStates {
  const [signing, ...older] = secrets.map((secret) => createSecretKey(Buffer.from(secret, "utf8")));
  const keys = signing ? [signing, ...older] : [];

  /** `undefined`: distribution's, whose uploads are not shared. */
  function open(state: string, about: object): z.infer<typeof payload> | undefined {
    const bytes = state.length <= MAX_STATE_LENGTH ? Buffer.from(state, "base64url") : Buffer.alloc(0);
    const mac = bytes.subarray(0, MAC_BYTES);
    const json = bytes.subarray(MAC_BYTES);
    if (mac.length !== MAC_BYTES || !keys.some((key) => timingSafeEqual(sign(key, json), mac))) {
      log.warn(about, "an upload's _state was not signed here: do all replicas have the same http.secret?");
      throw new RegistryError("upload_invalid", "the upload's _state was not signed here", {
        details: [{ message: "use the Location of the last answer as it is; replicas need the same http.secret" }],
      });
    }
    return payload.safeParse(JSON.parse(json.toString("utf8"))).data;
  }

  return {
    format(session, caller) {
      const json = Buffer.from(
        JSON.stringify({
          Name: session.repository,
          UUID: session.id,
          Offset: session.offset,
          StartedAt: session.startedAt.toISOString(),
          Sequence: session.sequence,
          Algorithm: session.algorithm,
          Caller: fingerprint(caller),
        } satisfies z.infer<typeof payload>),
      );
      return Buffer.concat([signing ? sign(signing, json) : Buffer.alloc(0), json]).toString("base64url");
    },

    parse(state, { repository, id, caller }) {
      if (!state)
        throw new RegistryError(
          "upload_invalid",
          "the upload's _state is missing: use the Location of the last answer",
        );
      const opened = open(state, { repository, upload: id });
      const startedAt = new Date(opened?.StartedAt ?? 0);
      const isExpired = runtime.now() - startedAt.getTime() > maxAgeMilliseconds;
      const isOurs = opened?.Name === repository && opened.UUID === id && opened.Caller === fingerprint(caller);
      if (!isOurs || isExpired) {
        throw new RegistryError("upload_unknown", "blob upload unknown to registry", {
          details: [{ detail: { upload: id } }],
        });
      }
      return {
        id,
        repository,
        algorithm: parseDigestAlgorithm(opened.Algorithm),
        startedAt,
        sequence: opened.Sequence,
        offset: opened.Offset,
      };
    },
  };
}

function sign(key: KeyObject, json: Uint8Array): Buffer {
  return createHmac("sha256", key).update(json).digest();
}

/** Tells callers apart without writing their names into URLs. */
function fingerprint({ subject }: Identity): string {
  return subject === "" ? "" : hash("sha256", subject, "base64url").slice(0, 22);
}
