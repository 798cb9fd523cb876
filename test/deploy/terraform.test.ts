/**
 * The modules of terraform/, without a cloud: written as terraform writes them, valid for their providers, tested with mocks, and
 * what they make is checked by rules, their environment by the registry itself. AWS's provider is the real one; of the others there
 * are schemas only, so that what they check in code is not checked here. Whether a cloud takes it all, no test here can say.
 */
import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { readdirSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { test } from "node:test";
import { temporaryDirectory } from "../e2e/support/directories.ts";
import { run as runProgram } from "../e2e/support/programs.ts";
import { adapt, shippedPath } from "./support/files.ts";
import { SECRET, violationsOf } from "./support/terraform/policies.ts";
import { awsMissing, copyOfTerraform, prepareTerraform, stubsMissing, succeed } from "./support/terraform/run.ts";
import { type Run, runSuite, type Suite } from "./support/terraform/suite.ts";

const noTerraform = stubsMissing();
const terraform = noTerraform === false ? await prepareTerraform() : undefined;
const missingFor = (name: string): string | false => (name.startsWith("aws") ? awsMissing() : noTerraform);

async function ready(): Promise<{ tool: NonNullable<typeof terraform>; directory: string }> {
  assert.ok(terraform);
  return { tool: terraform, directory: await copyOfTerraform() };
}

const directoriesIn = (path: string) => readdirSync(shippedPath(path)).sort();

/** Those that made what they were asked to, and not those that were refused. */
const made = ({ runs }: Suite): readonly Run[] => runs.filter(({ name }) => !name.startsWith("refuses"));

test("everything is written as terraform writes it", { skip: noTerraform }, async () => {
  const { tool, directory } = await ready();
  await succeed(tool, directory, "fmt", "-check", "-recursive", "-diff");
});

for (const name of directoriesIn("terraform/modules")) {
  test(`the module ${name}`, { skip: missingFor(name), timeout: 600_000 }, async (t) => {
    const { tool, directory } = await ready();
    const module = join(directory, "modules", name);
    if (!name.startsWith("aws")) {
      t.diagnostic(`checked with schemas alone: ${tool.stubbed.join(", ")}`);
      t.diagnostic(`and with schemas that were written by hand: ${tool.handwritten.join(", ")}`);
    }
    await succeed(tool, module, "init", "-backend=false");

    await t.test("is valid", async () => {
      await succeed(tool, module, "validate");
    });

    let suite: Suite | undefined;
    await t.test("passes its tests", async () => {
      suite = await runSuite(tool, module);
      assert.deepEqual(suite.problems, []);
      assert.ok(suite.passed >= 3);
    });

    await t.test("keeps the rules, and the registry understands its environment", async () => {
      assert.ok(suite && made(suite).length > 0);
      for (const run of made(suite)) assert.deepEqual(await violationsOf(run), [], run.name);
    });

    await t.test("explains each input and each output, and checks inputs", async () => {
      for (const block of await blocksOf(module, "variable")) {
        assert.match(block.text, /\n {2}description = ".+\."\n/, `${block.name} has no description`);
        assert.match(block.text, /\n {2}type +=/, `${block.name} has no type`);
      }
      for (const block of await blocksOf(module, "output")) {
        assert.match(block.text, /\n {2}description = ".+"\n/, `${block.name} has no description`);
      }
    });
  });
}

for (const name of directoriesIn("terraform/examples")) {
  test(`the example ${name} is complete`, { skip: missingFor(name), timeout: 300_000 }, async () => {
    const { tool, directory } = await ready();
    const example = join(directory, "examples", name);
    await succeed(tool, example, "init", "-backend=false");
    await succeed(tool, example, "validate");
    const text = await readFile(join(example, "main.tf"), "utf8");
    assert.match(text, /output "next_steps"/);
    const needed = [...text.matchAll(/^variable "(\w+)" \{\n((?: .*\n)*)\}/gm)].filter(
      ([, , body]) => !/default +=|ephemeral +=/.test(body ?? ""),
    );
    const given = await readFile(join(example, "terraform.tfvars.example"), "utf8").catch(() => "");
    const comments = text
      .split("\n")
      .filter((line) => line.startsWith("#"))
      .join("\n");
    for (const [, variable = ""] of needed) {
      assert.ok(
        new RegExp(`^${variable} +=`, "m").test(given) || comments.includes("cloudfront.pub"),
        `${variable} is not shown`,
      );
    }
  });
}

interface Mistake {
  /** Below terraform/modules. */
  readonly file: string;
  readonly from: string;
  readonly to: string;
  readonly found: RegExp;
}

/** Terraform takes them all, so they are made together in one copy; a rule must find each. */
const SILENT: Readonly<Record<string, readonly Mistake[]>> = {
  aws: [
    {
      file: "aws/environment.tf",
      from: "max(620, var.idle_timeout + 15)",
      to: "var.idle_timeout - 1",
      found: /balancer keeps connections for longer/,
    },
    {
      file: "aws/environment.tf",
      from: "REGISTRY_LOG_FORMATTER ",
      to: "REGISTRY_LOGFORMATER ",
      found: /REGISTRY_LOGFORMATER is not a setting/,
    },
    { file: "aws/alb.tf", from: '"/readyz"', to: '"/v2/"', found: /target_group.*asks elsewhere for health/ },
    {
      file: "aws/alb.tf",
      from: "enabled = false\n    type ",
      to: "enabled = true\n    type ",
      found: /binds clients to replicas/,
    },
    {
      file: "aws/alb.tf",
      from: "drop_invalid_header_fields = true",
      to: "drop_invalid_header_fields = false",
      found: /invalid headers/,
    },
    { file: "aws/ecs.tf", from: "65532:65532", to: "0:0", found: /registry runs as root/ },
    { file: "aws/ecs.tf", from: "assign_public_ip = false", to: "assign_public_ip = true", found: /public addresses/ },
    {
      file: "aws/ecs.tf",
      from: 'description                  = "The load balancer"\n',
      to: "\n",
      found: /does not say what it is for/,
    },
    {
      file: "aws/iam.tf",
      from: "Resource = local.readable_secret_arns",
      to: 'Resource = ["*"]',
      found: /allows it for everything/,
    },
    {
      file: "aws/iam.tf",
      from: 'Condition = { StringEquals = { "aws:SourceAccount" = data.aws_caller_identity.current.account_id } }\n',
      to: "\n",
      found: /can be taken from any account/,
    },
    {
      file: "aws/network.tf",
      from: 'vpc_endpoint_type = "Gateway"',
      to: 'vpc_endpoint_type = "Interface"',
      found: /NAT gateway/,
    },
    {
      file: "aws-bucket/main.tf",
      from: "restrict_public_buckets = true",
      to: "restrict_public_buckets = false",
      found: /does not block everything public/,
    },
    {
      file: "aws-bucket/main.tf",
      from: '"aws:SecureTransport" = "false"',
      to: '"aws:SecureTransport" = "true"',
      found: /requests without TLS/,
    },
    {
      file: "aws-bucket/main.tf",
      from: "    abort_incomplete_multipart_upload {",
      to: "    expiration {\n      days = 90\n    }\n\n    abort_incomplete_multipart_upload {",
      found: /expire or move/,
    },
    { file: "aws-bucket/iam.tf", from: '"s3:ListBucket", ', to: "", found: /s3:ListBucket is not allowed/ },
    { file: "aws-bucket/iam.tf", from: '"s3:GetObject",', to: '"s3:*",', found: /pattern of actions/ },
    {
      file: "aws-bucket/outputs.tf",
      from: "(var.abort_multipart_days - 1)",
      to: "(var.abort_multipart_days + 1)",
      found: /ends uploads before/,
    },
  ],
  gcp: [
    { file: "gcp/run.tf", from: '"h2c"', to: '"http1"', found: /refuses large layers/ },
    {
      file: "gcp/main.tf",
      from: 'REGISTRY_HTTP_DRAINTIMEOUT      = "9s"',
      to: 'REGISTRY_HTTP_DRAINTIMEOUT      = "90s"',
      found: /cut off sooner/,
    },
    {
      file: "gcp/main.tf",
      from: 'REGISTRY_HTTP_KEEPALIVETIMEOUT = "620s"',
      to: 'REGISTRY_HTTP_KEEPALIVETIMEOUT = "75s"',
      found: /balancer keeps connections for longer/,
    },
    { file: "gcp-bucket/main.tf", from: '"enforced"', to: '"inherited"', found: /may become public/ },
    {
      file: "gcp-bucket/main.tf",
      from: '"roles/storage.objectUser"',
      to: '"roles/storage.admin"',
      found: /gives too much/,
    },
    { file: "gcp-bucket/main.tf", from: '"AbortIncompleteMultipartUpload"', to: '"Delete"', found: /expire or move/ },
    {
      file: "gcp-bucket/outputs.tf",
      from: "REGISTRY_STORAGE_GCS_BUCKET",
      to: "REGISTRY_STORAGE_GCS_BUCKETNAME",
      found: /REGISTRY_STORAGE_GCS_BUCKETNAME|storage\.gcs/,
    },
  ],
  azure: [
    {
      file: "azure/app.tf",
      from: 'path                    = "/readyz"',
      to: 'path                    = "/v2/"',
      found: /asks elsewhere for health/,
    },
    {
      file: "azure/app.tf",
      from: "allow_insecure_connections = false",
      to: "allow_insecure_connections = true",
      found: /passwords without TLS/,
    },
    {
      file: "azure-bucket/main.tf",
      from: "shared_access_key_enabled        = false",
      to: "shared_access_key_enabled        = true",
      found: /has keys/,
    },
    { file: "azure-bucket/main.tf", from: '"Storage Blob Delegator"', to: '"Owner"', found: /gives too much/ },
    {
      file: "azure-bucket/outputs.tf",
      from: 'jsonencode({ type = "default_credentials" })',
      to: '"default_credentials"',
      found: /credentials/i,
    },
  ],
  alicloud: [
    { file: "alicloud/alb.tf", from: '"/readyz"', to: '"/v2/"', found: /asks elsewhere for health/ },
    {
      file: "alicloud/alb.tf",
      from: 'listener_protocol    = "HTTPS"',
      to: 'listener_protocol    = "HTTP"',
      found: /without TLS/,
    },
    {
      file: "alicloud-bucket/main.tf",
      from: "block_public_access = true",
      to: "block_public_access = false",
      found: /may become public/,
    },
    { file: "alicloud-bucket/main.tf", from: '"oss:ListObjects"', to: '"oss:*"', found: /pattern of actions/ },
    {
      file: "alicloud/main.tf",
      from: "cidr_ip           = var.vpc_cidr",
      to: 'cidr_ip           = "0.0.0.0/0"',
      found: /open to the internet/,
    },
    {
      file: "alicloud/eci.tf",
      from: "REGISTRY_STORAGE_OSS_ACCESSKEYID_FILE ",
      to: "REGISTRY_STORAGE_OSS_ACCESSKEY_FILE ",
      found: /REGISTRY_STORAGE_OSS_ACCESSKEY_FILE|accesskeyid/,
    },
  ],
};

for (const [name, mistakes] of Object.entries(SILENT)) {
  test(`mistakes in ${name} that terraform takes are found by the rules`, {
    skip: missingFor(name),
    timeout: 600_000,
  }, async (t) => {
    const { tool, directory } = await ready();
    for (const mistake of mistakes) await make(mistake, directory);
    const module = join(directory, "modules", name);
    await succeed(tool, module, "init", "-backend=false");
    const suite = await runSuite(tool, module, "-filter=tests/apply.tftest.hcl");
    const found = (await Promise.all(made(suite).map(violationsOf))).flat();
    for (const { file, from, found: expected } of mistakes) {
      await t.test(`${file}: ${from.trim().split("\n")[0]}`, () => {
        assert.match(found.join("\n"), expected);
      });
    }
  });
}

/** Terraform, or the tests of the module, do not get past these. */
const LOUD: Readonly<Record<string, readonly Mistake[]>> = {
  aws: [
    { file: "aws/secrets.tf", from: "secret_string_wo ", to: "secret_string ", found: /ephemeral/i },
    { file: "aws/alb.tf", from: "idle_timeout ", to: "idle_timout ", found: /idle_timout/ },
    {
      file: "aws/environment.tf",
      from: "drain_timeout = 95",
      to: "drain_timeout = 105",
      found: /killed before|has stopped before/,
    },
    {
      file: "aws/ecs.tf",
      from: "essential              = true",
      to: 'essential              = "yes"',
      found: /container_definitions/,
    },
  ],
  gcp: [
    {
      file: "gcp/run.tf",
      from: "max_instance_request_concurrency",
      to: "max_instance_concurrency",
      found: /max_instance_concurrency/,
    },
    { file: "gcp/secrets.tf", from: "secret_data_wo ", to: "secret_data ", found: /ephemeral/i },
  ],
  azure: [
    {
      file: "azure/app.tf",
      from: "failure_count_threshold = 6",
      to: 'failure_count_threshold = "six"',
      found: /number/,
    },
    { file: "azure/secrets.tf", from: "value_wo ", to: "value ", found: /ephemeral/i },
  ],
  alicloud: [
    { file: "alicloud/alb.tf", from: 'listener_protocol    = "HTTPS"\n', to: "\n", found: /listener_protocol/ },
  ],
};

for (const [name, mistakes] of Object.entries(LOUD)) {
  for (const mistake of mistakes) {
    const title = `a mistake in ${mistake.file} is refused: ${mistake.to.trim() || `no ${mistake.from.trim()}`}`;
    test(title, { skip: missingFor(name), timeout: 600_000 }, async () => {
      const { tool, directory } = await ready();
      await make(mistake, directory);
      const module = join(directory, "modules", name);
      await succeed(tool, module, "init", "-backend=false");
      const { code, stdout, stderr } = await tool(module, "validate", "-no-color");
      const said = code === "exit 0" ? (await runSuite(tool, module)).problems.join("\n") : stdout + stderr;
      assert.match(said, mistake.found);
    });
  }
}

async function make({ file, from, to }: Mistake, directory: string): Promise<void> {
  const path = join(directory, "modules", file);
  await writeFile(path, adapt(await readFile(path, "utf8"), [[from, to]]));
}

async function blocksOf(module: string, kind: "variable" | "output") {
  const files = readdirSync(module).filter((file) => file.endsWith(".tf"));
  const texts = await Promise.all(files.map((file) => readFile(join(module, file), "utf8")));
  return texts.flatMap((text) =>
    [...text.matchAll(new RegExp(`^${kind} "(\\w+)" \\{\\n((?: .*\\n|\\n)*)\\}`, "gm"))].map(([block, name = ""]) => ({
      name,
      text: block,
    })),
  );
}

test("Alibaba's replicas fetch their secrets with signed requests", async (t) => {
  const role = { AccessKeyId: "STS.id", AccessKeySecret: "role's secret", SecurityToken: "to+ken/=" };
  const secrets: Readonly<Record<string, string>> = { "registry-http": SECRET, "a/b+c": "alice:$2y$05$hash\n" };
  let refusals = 2; // a role may need a moment
  const server = createServer((request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? "", "http://server");
    if (pathname === "/latest/meta-data/ram/security-credentials/registry") {
      response.end(JSON.stringify(role));
      return;
    }
    const secret = secrets[searchParams.get("SecretName") ?? ""];
    const isSigned = searchParams.get("Signature") === signatureOf(searchParams, role.AccessKeySecret);
    const isToken = searchParams.get("SecurityToken") === role.SecurityToken;
    const isFine = refusals-- <= 0 && isSigned && isToken && secret !== undefined;
    response.writeHead(isFine ? 200 : 403).end(JSON.stringify({ SecretData: secret }));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  t.after(() => server.close());
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const directory = temporaryDirectory();
  const script = await readFile(shippedPath("terraform/modules/alicloud/fetch-secrets.mjs"), "utf8");
  const files = { [join(directory, "http")]: "registry-http", [join(directory, "htpasswd")]: "a/b+c" };
  await runProgram(process.execPath, ["--input-type=module", "--eval", script], {
    env: { SECRETS: JSON.stringify(files), KMS_URL: url, METADATA_URL: url, ROLE: "registry" },
  });
  assert.equal(await readFile(join(directory, "http"), "utf8"), `${SECRET}\n`);
  assert.equal(await readFile(join(directory, "htpasswd"), "utf8"), secrets["a/b+c"]);
});

/** As Alibaba's documentation of its RPC style describes it, from what arrived. */
function signatureOf(parameters: URLSearchParams, secret: string): string {
  const encode = (text: string) =>
    [...Buffer.from(text)]
      .map((byte) => {
        const sign = String.fromCharCode(byte);
        return /[A-Za-z0-9._~-]/.test(sign) ? sign : `%${byte.toString(16).toUpperCase().padStart(2, "0")}`;
      })
      .join("");
  const canonical = [...parameters]
    .filter(([name]) => name !== "Signature")
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, value]) => `${encode(name)}=${encode(value)}`)
    .join("&");
  return createHmac("sha1", `${secret}&`)
    .update(`GET&%2F&${encode(canonical)}`)
    .digest("base64");
}

test("the container that writes AWS's secrets to files writes them", {
  skip: awsMissing(),
  timeout: 300_000,
}, async () => {
  const { tool, directory } = await ready();
  const module = join(directory, "modules", "aws");
  await succeed(tool, module, "init", "-backend=false");
  const { runs } = await runSuite(tool, module, "-filter=tests/apply.tftest.hcl");
  const everything = runs.find(({ name }) => name === "everything");
  const task = everything?.resources.find(({ type }) => type === "aws_ecs_task_definition");
  const [registry, writer] = JSON.parse(task?.values.container_definitions);
  assert.deepEqual(registry.dependsOn, [{ containerName: "secrets", condition: "SUCCESS" }]);
  const place = temporaryDirectory();
  const [, flag, script] = writer.entryPoint;
  const values = Object.fromEntries(writer.secrets.map(({ name }: { name: string }) => [name, `content of ${name}`]));
  await runProgram(process.execPath, [flag, script.replaceAll("/run/registry", place)], { env: values });
  assert.equal(await readFile(join(place, "htpasswd"), "utf8"), "content of HTPASSWD\n");
  assert.equal(await readFile(join(place, "cloudfront.pem"), "utf8"), "content of CLOUDFRONT_KEY\n");
});
