/** From the start of the program to its first answer. */
import type { Row } from "../row.ts";
import { onFilesystem, onS3, type Where } from "./scene.ts";

const startRow = (where: Where): Row => ({
  ...where,
  name: "cold start to first answer",
  unit: "ms",
  better: "lower",
  target: { value: 300 },
  prepare: async (registry) => async () => ({ value: await registry.restart(), operations: 1 }),
});

export const startRows: readonly Row[] = [startRow(onFilesystem), startRow(onS3(0)), startRow(onS3(5))];
