import { count, setting } from "../kinds.ts";

/** distribution takes 0 for its default. */
const pageSize = () =>
  count({ from: 0 })
    .prefault(1000)
    .transform((entries) => entries || 1000);

export const limitSettings = {
  "catalog.maxentries": setting(pageSize(), "The most repositories on one page of the catalogue."),
  "tags.maxtags": setting(pageSize(), "The most tags on one page."),
  "manifests.maxbytes": setting(count({ from: 1024 }).prefault(4 * 1024 * 1024), "The largest manifest, in bytes."),
  "uploads.maxmemory": setting(
    count({ from: 16 * 1024 * 1024 }).prefault(64 * 1024 * 1024),
    "The most bytes of all uploads together that wait in memory for an object store. More makes many uploads at once faster; others wait for their turn.",
  ),
};
