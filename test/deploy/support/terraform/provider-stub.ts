/**
 * A provider that knows its schema and nothing else, for providers that are not to be had without a network: with it Terraform
 * finds unknown names, wrong types and missing arguments, and runs tests with mocks. What it does not find are the checks of
 * values that are in the code of the real one. Run by Terraform: node provider-stub.ts google
 */
import { mkdtempSync, rmSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import {
  loadPackageDefinition,
  Server,
  ServerCredentials,
  type ServerUnaryCall,
  type sendUnaryData,
} from "@grpc/grpc-js";
import { loadSync } from "@grpc/proto-loader";
import { type BlockSchema, type ProviderName, parseAttribute, providerSchema } from "./provider-schema.ts";

const NESTING = { single: 1, list: 2, set: 3, map: 4, group: 5 } as const;

const { provider, resources, data } = providerSchema(process.argv[2] as ProviderName);

function block({ attributes = {}, blocks = {} }: BlockSchema): object {
  return {
    attributes: Object.entries(attributes).map(([name, text]) => {
      const { type, words } = parseAttribute(text);
      const is = (word: string) => words.has(word);
      return {
        name,
        type: Buffer.from(JSON.stringify(type)),
        required: is("required"),
        optional: is("optional"),
        computed: is("computed"),
        sensitive: is("sensitive"),
        write_only: is("write-only"),
      };
    }),
    block_types: Object.entries(blocks).map(([type_name, nested]) => ({
      type_name,
      nesting: NESTING[nested.nesting],
      min_items: nested.min ?? 0,
      max_items: nested.max ?? 0,
      block: block(nested),
    })),
  };
}

const schemas = (blocks: Readonly<Record<string, BlockSchema>>) =>
  Object.fromEntries(Object.entries(blocks).map(([name, each]) => [name, { version: 0, block: block(each) }]));

// biome-ignore lint/suspicious/noExplicitAny: messages are what the protocol's file says
type Message = any;
const answer =
  (make: (request: Message) => Message = () => ({})) =>
  (call: ServerUnaryCall<Message, Message>, callback: sendUnaryData<Message>) =>
    callback(null, make(call.request));

const files = ["plugin.proto", "controller.proto"].map((name) => fileURLToPath(new URL(name, import.meta.url)));
const packages: Message = loadPackageDefinition(loadSync(files, { keepCase: true, defaults: true, longs: Number }));

const server = new Server({ "grpc.max_send_message_length": -1 });
server.addService(packages.tfplugin5.Provider.service, {
  GetSchema: answer(() => ({
    provider: { version: 0, block: block(provider) },
    resource_schemas: schemas(resources),
    data_source_schemas: schemas(data),
  })),
  PrepareProviderConfig: answer(({ config }) => ({ prepared_config: config })),
  ValidateResourceTypeConfig: answer(),
  ValidateDataSourceConfig: answer(),
  UpgradeResourceState: answer(({ raw_state }) => ({ upgraded_state: { json: raw_state.json } })),
  Configure: answer(),
  Stop: answer(),
});
server.addService(packages.plugin.GRPCController.service, {
  Shutdown: (call: ServerUnaryCall<Message, Message>, callback: sendUnaryData<Message>) => {
    answer()(call, callback);
    setTimeout(() => process.exit(0), 20);
  },
});

const directory = mkdtempSync(join(tmpdir(), "moorage-provider-"));
process.once("exit", () => rmSync(directory, { recursive: true }));
const socket = join(directory, "socket");
server.bindAsync(`unix:${socket}`, ServerCredentials.createInsecure(), (error) => {
  if (error) throw error;
  // The handshake of plugins: versions of it and of the protocol, and where to call.
  writeSync(1, `1|5|unix|${socket}|grpc|\n`);
});
