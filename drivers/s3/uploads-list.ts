import { ListMultipartUploadsCommand, type ListMultipartUploadsCommandOutput } from "@aws-sdk/client-s3";
import type { CallOptions, MultipartUpload } from "../contract.ts";
import { DriverError } from "../errors.ts";
import { assertPrefix } from "../keys.ts";
import { attempt } from "./errors.ts";
import { callOptions, type Store } from "./store.ts";

type Listed = MultipartUpload & { readonly startedAt: Date };

export async function* listUploads(store: Store, prefix: string, { signal }: CallOptions): AsyncGenerator<Listed> {
  assertPrefix(prefix, "multipart.listUploads");
  const { client, settings } = store;
  // Not URL-encoded: Ceph would encode the keys without saying so.
  let from: { readonly KeyMarker?: string; readonly UploadIdMarker?: string } | undefined = {};
  while (from !== undefined) {
    const command: ListMultipartUploadsCommand = new ListMultipartUploadsCommand({
      Bucket: client.bucket,
      Prefix: settings.root + prefix,
      ...from,
    });
    const page: ListMultipartUploadsCommandOutput = await attempt("multipart.listUploads", prefix, signal, () =>
      client.sdk.send(command, callOptions(signal)),
    );
    yield* uploadsOf(page, settings.root);
    from = nextOf(page, prefix);
  }
}

function uploadsOf(page: ListMultipartUploadsCommandOutput, root: string): Listed[] {
  return (page.Uploads ?? []).flatMap(({ Key, UploadId, Initiated }) => {
    if (Key === undefined || UploadId === undefined || Initiated === undefined) return [];
    return [{ key: Key.slice(root.length), id: UploadId, startedAt: Initiated }];
  });
}

function nextOf({ IsTruncated, NextKeyMarker, NextUploadIdMarker }: ListMultipartUploadsCommandOutput, prefix: string) {
  if (!IsTruncated) return undefined;
  if (!NextKeyMarker) {
    const message = "the listing goes on, says the store, and does not say where";
    throw new DriverError("unexpected", "multipart.listUploads", { key: prefix, message });
  }
  return { KeyMarker: NextKeyMarker, ...(NextUploadIdMarker !== undefined && { UploadIdMarker: NextUploadIdMarker }) };
}
