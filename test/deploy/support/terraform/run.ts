/** Terraform, with providers from this machine: the real ones where they are, stand-ins that know their schema elsewhere. */
import { existsSync, readdirSync } from "node:fs";
import { chmod, cp, mkdir, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { temporaryDirectory } from "../../../e2e/support/directories.ts";
import { ProgramError, start } from "../../../e2e/support/programs.ts";
import { toolPath } from "../../../e2e/support/tools.ts";
import { shippedPath } from "../files.ts";
import { type ProviderName, providerSchema, writtenByHand } from "./provider-schema.ts";

/** Where machines without a network may have providers, laid out as Terraform's documentation has it. */
const MIRRORS = [process.env.TERRAFORM_MIRROR ?? "", "/opt/tf-plugins", "/usr/share/terraform/plugins"];
const HOST = "registry.terraform.io";
const PLATFORM = `linux_${process.arch === "arm64" ? "arm64" : "amd64"}`;

const mirrorOf = (source: string): string | undefined =>
  MIRRORS.map((mirror) => join(mirror, HOST, source)).find((path) => path.startsWith("/") && existsSync(path));

/** For a test's `skip`. Terraform and AWS's provider are in no package registry, so that they are missing is no failure. */
export function awsMissing(): string | false {
  if (!hasTerraform()) return "not checked: terraform is not on this machine";
  return mirrorOf("hashicorp/aws")
    ? false
    : "not checked: the provider hashicorp/aws is not on this machine (TERRAFORM_MIRROR)";
}

export const stubsMissing = (): string | false =>
  hasTerraform() ? false : "not checked: terraform is not on this machine";

function hasTerraform(): boolean {
  try {
    return toolPath("terraform") !== "";
  } catch {
    return false;
  }
}

const STUBBED: readonly ProviderName[] = ["google", "azurerm", "alicloud"];
const STUB = fileURLToPath(new URL("provider-stub.ts", import.meta.url));

export interface TerraformOutput {
  readonly code: string;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Terraform {
  (directory: string, ...args: readonly string[]): Promise<TerraformOutput>;
  /** The sources of the providers that only have a schema here. */
  readonly stubbed: readonly string[];
  /** The types of their resources whose schema is not the provider's own. */
  readonly handwritten: readonly string[];
}

export async function prepareTerraform(): Promise<Terraform> {
  const directory = temporaryDirectory();
  const mirror = join(directory, "mirror", HOST);
  const aws = mirrorOf("hashicorp/aws");
  if (aws) await link(aws, join(mirror, "hashicorp", "aws"));
  const stubbed: string[] = [];
  const handwritten: string[] = [];
  for (const name of STUBBED) {
    const { source, version } = providerSchema(name);
    const real = mirrorOf(source);
    const target = join(mirror, source);
    if (real) {
      await link(real, target);
      continue;
    }
    stubbed.push(source);
    handwritten.push(...writtenByHand(name));
    const place = join(target, version, PLATFORM);
    await mkdir(place, { recursive: true });
    const program = join(place, `terraform-provider-${name}_v${version}`);
    await writeFile(program, `#!/bin/sh\nexec '${process.execPath}' '${STUB}' ${name}\n`);
    await chmod(program, 0o755);
  }
  const settings = join(directory, "terraform.rc");
  const include = `include = ["${HOST}/*/*"]`;
  const method = `filesystem_mirror {\n path = "${join(directory, "mirror")}"\n ${include}\n}`;
  await writeFile(settings, `disable_checkpoint = true\nprovider_installation {\n${method}\n}\n`);

  const terraform = async (cwd: string, ...args: readonly string[]): Promise<TerraformOutput> => {
    const program = start(toolPath("terraform"), args, {
      cwd,
      env: {
        TF_CLI_CONFIG_FILE: settings,
        CHECKPOINT_DISABLE: "1",
        TF_IN_AUTOMATION: "1",
        TF_INPUT: "0",
        TF_CLI_ARGS: "",
        // Stand-ins do not speak it, and the real ones need not.
        TF_DISABLE_PLUGIN_TLS: "1",
      },
    });
    const code = await program.ended;
    return { code, stdout: program.stdout(), stderr: program.stderr() };
  };
  return Object.assign(terraform, { stubbed, handwritten });
}

/** Terraform looks through directories, and takes a link only where the files themselves are expected. */
async function link(source: string, target: string): Promise<void> {
  for (const version of readdirSync(source)) {
    await mkdir(join(target, version), { recursive: true });
    await symlink(join(source, version, PLATFORM), join(target, version, PLATFORM));
  }
}

/** A copy of terraform/ that a test may change and initialise. */
export async function copyOfTerraform(): Promise<string> {
  const copy = join(temporaryDirectory(), "terraform");
  await cp(shippedPath("terraform"), copy, { recursive: true, filter: (path) => !path.includes("/.terraform") });
  return copy;
}

export async function succeed(terraform: Terraform, directory: string, ...args: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await terraform(directory, ...args);
  if (code !== "exit 0") throw new ProgramError(`terraform ${args.join(" ")} in ${directory}`, code, stdout + stderr);
  return stdout;
}
