import type { Row } from "../row.ts";
import { busyRows } from "./busy.ts";
import { deleteRows } from "./deletes.ts";
import { downloadRows } from "./downloads.ts";
import { imageRows } from "./images.ts";
import { listRows } from "./lists.ts";
import { requestRows } from "./requests.ts";
import { startRows } from "./start.ts";
import { uploadRows } from "./uploads.ts";

export const ROWS: readonly Row[] = [
  ...requestRows,
  ...downloadRows,
  ...uploadRows,
  ...imageRows,
  ...busyRows,
  ...listRows,
  ...deleteRows,
  ...startRows,
];
