/** The registry's suite; the driver's own on Azurite is among those of every day. */
import { randomUUID } from "node:crypto";
import { after } from "node:test";
import { registryContract } from "../contract/registry/suite.ts";
import { openOnAzurite } from "../support/azure.ts";
import { startAzurite } from "../support/azurite.ts";
import { realStore } from "./registry.ts";

const azurite = await startAzurite();
after(() => azurite.stop());

const open = () => openOnAzurite(azurite, { parameters: { rootdirectory: `/${randomUUID()}` } });
registryContract("azure on Azurite", realStore({ open }));
