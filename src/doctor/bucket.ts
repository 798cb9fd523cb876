/** What each problem of a bucket means to its operator, and what to do about it. */
import type { Problem, ProblemKind } from "../registry/inspection/problems.ts";
import type { Findings, Severity } from "./finding.ts";

interface Meaning {
  readonly severity: Severity;
  readonly what: string;
  readonly fix: string;
}

const PUSH_AGAIN = "push it again from where it was built, or delete it";

const MEANINGS: Readonly<Record<ProblemKind, Meaning>> = {
  name_invalid: {
    severity: "broken",
    what: "repositories whose names no client can ask for",
    fix: "move what is below docker/registry/v2/repositories/<name> to a name in lower case, or delete it",
  },
  tag_invalid: {
    severity: "broken",
    what: "tags whose names no client can ask for",
    fix: "delete _manifests/tags/<tag> of the repository",
  },
  repository_ghost: {
    severity: "differs",
    what: "repositories without a manifest: distribution lists them in its catalogue, Moorage does not",
    fix: "nothing has to be done; to be rid of them, delete docker/registry/v2/repositories/<name>",
  },
  repository_without_layers: {
    severity: "note",
    what: "repositories with manifests and no layers: the garbage collection of distribution 3.1 stops at them",
    fix: "nothing has to be done here; before you let distribution collect again, push any image into each of them",
  },
  link_damaged: {
    severity: "broken",
    what: "links that hold no digest",
    fix: `a crash or a full disk leaves them: ${PUSH_AGAIN}`,
  },
  tag_dangling: {
    severity: "broken",
    what: "tags of manifests that are not there",
    fix: `pulls of them fail: ${PUSH_AGAIN}`,
  },
  tag_without_current: {
    severity: "broken",
    what: "tags with a history and no current manifest: they are listed, and cannot be pulled",
    fix: `a delete or a push stopped half-way: ${PUSH_AGAIN}`,
  },
  revision_without_bytes: {
    severity: "broken",
    what: "manifests without bytes",
    fix: "push them again, or delete _manifests/revisions/<algorithm>/<digest> of the repository",
  },
  manifest_damaged: {
    severity: "broken",
    what: "manifests whose bytes are not those of their digest",
    fix: "clients refuse them: restore blobs/<algorithm>/<two digits>/<digest>/data from a backup, or push them again",
  },
  manifest_incomplete: {
    severity: "broken",
    what: "images of which something is missing",
    fix: "pulls of them fail: push them again; a garbage collection during a push leaves such images",
  },
  index_incomplete: {
    severity: "note",
    what: "indexes of which manifests are missing",
    fix: "nothing has to be done if only some platforms were copied on purpose; otherwise push them again",
  },
  manifest_schema_1: {
    severity: "differs",
    what: "manifests of Docker's schema 1: they are served as they are, new ones are refused",
    fix: "pull and push them with a client that writes schema 2 (Docker 1.10 to 25), as long as the old registry runs",
  },
  layer_without_bytes: {
    severity: "note",
    what: "links to blobs without bytes",
    fix: "nothing has to be done: they link nothing, and a push that stopped leaves some; images that need them are a finding of their own",
  },
  upload_unfinished: {
    severity: "note",
    what: "repositories with unfinished uploads of distribution: clients start them again after the switch",
    fix: "switch when nobody pushes; Moorage removes them when they are older than storage.maintenance.uploadpurging.age",
  },
  multipart_unfinished: {
    severity: "note",
    what: "unfinished multipart uploads that are older than a day: they cost money, and no listing shows them",
    fix: "give the bucket a lifecycle rule that ends them after 8 days (AbortIncompleteMultipartUpload), or abort them by hand",
  },
  unreadable: {
    severity: "broken",
    what: "objects that the store does not give out",
    fix: "allow these credentials to read and list all of the bucket, or ask whoever runs the store",
  },
};

export function addProblem(findings: Findings, { kind, place, detail }: Problem): void {
  findings.add({ ...MEANINGS[kind], area: "bucket" }, detail === undefined ? place : `${place} (${detail})`);
}
