import type { Row } from "../row.ts";
import { requestRows } from "./requests.ts";

export const ROWS: readonly Row[] = [...requestRows];
