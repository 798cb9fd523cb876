/** What must hold for everything that a module makes, on any cloud: rules over resources, in the words of their providers. */
import { loadConfiguration } from "../../../../src/config/load.ts";
import { readByRegistry, warningsOf } from "../configuration.ts";
import type { Resource, Run, Values } from "./suite.ts";

/** What is wrong, or nothing. */
type Rule = (run: Run) => readonly string[] | Promise<readonly string[]>;

/** What tests give as the content of the secret: it must turn up nowhere. */
export const SECRET = "0123456789abcdef0123456789abcdef";

const of = (run: Run, ...types: readonly string[]): readonly Resource[] =>
  run.resources.filter(({ type }) => types.includes(type));

const check = (resources: readonly Resource[], isFine: (values: Values) => boolean, problem: string): string[] =>
  resources.filter(({ values }) => !isFine(values)).map(({ address }) => `${address}: ${problem}`);

const listOf = (value: Values): Values[] => (Array.isArray(value) ? value : value === undefined ? [] : [value]);

interface Statement {
  readonly address: string;
  readonly Effect: string;
  readonly Action: Values;
  readonly Resource?: Values;
  readonly Principal?: Values;
  readonly Condition?: Values;
}

function statementsIn(resources: readonly Resource[], attribute: string): Statement[] {
  return resources.flatMap(({ address, values }) =>
    JSON.parse(values[attribute]).Statement.map((statement: Values) => ({ address, ...statement })),
  );
}

// --- Every cloud

const noSecretIsKept: Rule = (run) =>
  JSON.stringify([run.resources, run.outputs]).includes(SECRET) ? ["the secret is in the state"] : [];

const outputsSayWhatIsNext: Rule = ({ outputs }) =>
  ["next_steps", "environment", "identity", "bucket_name"]
    .filter((name) => !outputs[name])
    .map((name) => `there is no output ${name}`);

const THEIRS = /^(AWS|AZURE)_/;
const SECRET_VALUE = /(SECRET|PASSWORD|SECRETKEY|ACCOUNTKEY|ACCESSKEYSECRET)$/;

/** With what the platform adds from secrets. Keys of a user are the business of whoever takes a bucket alone. */
const theRegistryUnderstandsIt: Rule = async ({ outputs }) => {
  const { environment = {}, secret_variables = {} } = outputs;
  const open = Object.keys(environment).filter((name) => SECRET_VALUE.test(name));
  if (open.length > 0) return open.map((name) => `${name} is in the open`);
  const complete = {
    ...Object.fromEntries(Object.entries<string>(environment).filter(([name]) => !THEIRS.test(name))),
    ...Object.fromEntries(Object.keys(secret_variables).map((name) => [name, SECRET])),
    ...(isBucketAlone(outputs) ? { REGISTRY_AUTH: "none", REGISTRY_HTTP_SECRET: SECRET } : {}),
    ...(isBucketAlone(outputs) && environment.REGISTRY_STORAGE === "oss"
      ? { REGISTRY_STORAGE_OSS_ACCESSKEYID: "id", REGISTRY_STORAGE_OSS_ACCESSKEYSECRET: "secret" }
      : {}),
  };
  try {
    const loaded = await readByRegistry(complete);
    const expected = complete.REGISTRY_AUTH === "none" ? /everybody who can reach/ : /^$/;
    return warningsOf(loaded).filter((warning) => !expected.test(warning));
  } catch (error) {
    return [(error as Error).message];
  }
};

const isBucketAlone = ({ registry_url }: Run["outputs"]) => registry_url === undefined;

/** The registry must keep idle connections for longer than what stands in front of it. */
const keepAliveIsLonger: Rule = async (run) => {
  if (isBucketAlone(run.outputs)) return [];
  const { config } = await configurationOf(run);
  const balancers: Readonly<Record<string, number>> = {
    aws_lb: of(run, "aws_lb")[0]?.values.idle_timeout ?? 0,
    google: of(run, "google_cloud_run_v2_service").length > 0 ? 600 : 0,
    azurerm: of(run, "azurerm_container_app").length > 0 ? 240 : 0,
    alicloud: of(run, "alicloud_alb_listener")[0]?.values.idle_timeout ?? 0,
  };
  const longest = Math.max(...Object.values(balancers)) * 1000;
  return config.http.keepAliveTimeoutMilliseconds > longest ? [] : ["the balancer keeps connections for longer"];
};

/** SIGKILL must come after the registry has ended by itself. */
const itHasTimeToStop: Rule = async (run) => {
  if (isBucketAlone(run.outputs)) return [];
  const { config } = await configurationOf(run);
  const needed = (config.http.drainDelayMilliseconds + config.http.drainTimeoutMilliseconds) / 1000;
  const allowed = [
    ...containersOf(run).map(({ stopTimeout }) => stopTimeout),
    ...of(run, "google_cloud_run_v2_service").map(() => 10),
    ...of(run, "azurerm_container_app").map(({ values }) => values.template[0].termination_grace_period_seconds),
    ...of(run, "alicloud_ess_eci_scaling_configuration").map(({ values }) => values.termination_grace_period_seconds),
  ].filter((seconds) => seconds !== undefined);
  return allowed.every((seconds) => seconds > needed)
    ? []
    : [`stopping takes up to ${needed} s, and is cut off sooner`];
};

async function configurationOf({ outputs }: Run) {
  const environment = Object.entries<string>(outputs.environment);
  const timeouts = environment.filter(([name]) => /^REGISTRY_HTTP_(KEEPALIVE|DRAIN)/.test(name));
  return await loadConfiguration({
    environment: { ...Object.fromEntries(timeouts), REGISTRY_AUTH: "none" },
    directory: "/nonexistent",
  });
}

/** Ready is what is asked, not /v2/, which wants a password. */
const healthIsReadiness: Rule = (run) => [
  ...check(of(run, "aws_lb_target_group"), (v) => v.health_check[0].path === "/readyz", "asks elsewhere for health"),
  ...check(
    of(run, "alicloud_alb_server_group"),
    (v) => v.health_check_config[0].health_check_path === "/readyz",
    "asks elsewhere for health",
  ),
  ...check(
    of(run, "azurerm_container_app"),
    (v) => v.template[0].container[0].readiness_probe[0].path === "/readyz",
    "asks elsewhere for health",
  ),
];

// --- Buckets

const bucketsAreClosed: Rule = (run) => [
  ...check(
    of(run, "aws_s3_bucket_public_access_block"),
    (v) => v.block_public_acls && v.block_public_policy && v.ignore_public_acls && v.restrict_public_buckets,
    "does not block everything public",
  ),
  ...check(
    of(run, "google_storage_bucket"),
    (v) => v.public_access_prevention === "enforced" && v.uniform_bucket_level_access,
    "may become public",
  ),
  ...check(
    of(run, "azurerm_storage_account"),
    (v) => !v.allow_nested_items_to_be_public && !v.shared_access_key_enabled && v.https_traffic_only_enabled,
    "may become public, or has keys",
  ),
  ...check(of(run, "azurerm_storage_container"), (v) => v.container_access_type === "private", "is public"),
  ...check(of(run, "alicloud_oss_bucket_public_access_block"), (v) => v.block_public_access, "may become public"),
  ...check(
    of(run, "aws_s3_bucket", "google_storage_bucket", "alicloud_oss_bucket"),
    (v) => !v.force_destroy,
    "goes with all images",
  ),
];

const EXPIRING = ["expiration", "transition", "transitions"];

/** Age says nothing about whether a layer is needed. */
const nothingExpires: Rule = (run) => [
  ...check(
    of(run, "aws_s3_bucket_lifecycle_configuration"),
    (v) => v.rule.every((rule: Values) => EXPIRING.every((name) => (rule[name] ?? []).length === 0)),
    "lets images expire or move",
  ),
  ...check(
    of(run, "google_storage_bucket"),
    (v) => v.lifecycle_rule.every((rule: Values) => rule.action[0].type === "AbortIncompleteMultipartUpload"),
    "lets images expire or move",
  ),
  ...check(
    of(run, "alicloud_oss_bucket"),
    (v) => v.lifecycle_rule.every((rule: Values) => EXPIRING.every((name) => (rule[name] ?? []).length === 0)),
    "lets images expire or move",
  ),
  ...of(run, "azurerm_storage_management_policy").map(({ address }) => `${address}: lets images expire or move`),
];

/** The store may throw parts away only after the registry has. */
const abandonedUploadsEnd: Rule = (run) => {
  const days = [
    ...of(run, "aws_s3_bucket_lifecycle_configuration").map(
      ({ values }) => values.rule[0].abort_incomplete_multipart_upload[0]?.days_after_initiation,
    ),
    ...of(run, "google_storage_bucket").map(({ values }) => values.lifecycle_rule[0]?.condition[0].age),
    ...of(run, "alicloud_oss_bucket").map(({ values }) => values.lifecycle_rule[0]?.abort_multipart_upload[0]?.days),
    ...of(run, "azurerm_storage_account").map(() => 7),
  ];
  const hours = Number.parseInt(run.outputs.environment.REGISTRY_STORAGE_MAINTENANCE_UPLOADPURGING_AGE, 10);
  return days.every((each) => each * 24 > hours) ? [] : ["the store ends uploads before the registry does"];
};

/** Objects that were deleted on purpose are paid for as long as they are kept. */
const noPaidTrash: Rule = (run) => [
  ...check(
    of(run, "google_storage_bucket").filter(() => run.name === "minimal"),
    (v) => v.soft_delete_policy[0]?.retention_duration_seconds === 0,
    "keeps what was deleted",
  ),
];

// --- Rights

const WITHOUT_RESOURCE = new Set(["ecr:GetAuthorizationToken"]);

const rightsAreNarrow: Rule = (run) => {
  const statements = [
    ...statementsIn(of(run, "aws_iam_policy", "aws_iam_role_policy"), "policy"),
    ...statementsIn(of(run, "alicloud_ram_policy"), "policy_document"),
  ];
  return statements.flatMap(({ address, Action, Resource }) => [
    ...(listOf(Action).some((action) => action.includes("*")) ? [`${address}: allows a pattern of actions`] : []),
    ...(listOf(Resource).includes("*") && !listOf(Action).every((action) => WITHOUT_RESOURCE.has(action))
      ? [`${address}: allows it for everything`]
      : []),
  ]);
};

const GOOGLE_ROLES = new Set([
  "roles/storage.objectUser",
  "roles/iam.serviceAccountTokenCreator",
  "roles/iam.workloadIdentityUser",
  "roles/secretmanager.secretAccessor",
]);
const AZURE_ROLES = new Set([
  "Storage Blob Data Contributor",
  "Storage Blob Delegator",
  "Key Vault Secrets User",
  "Key Vault Secrets Officer",
]);

const rolesAreKnown: Rule = (run) => [
  ...run.resources
    .filter(({ type }) => /^google_.*_iam_member$/.test(type))
    .filter(({ values }) => !GOOGLE_ROLES.has(values.role) || /^all/.test(values.member))
    .map(({ address }) => `${address}: gives too much, or to everybody`),
  ...check(of(run, "azurerm_role_assignment"), (v) => AZURE_ROLES.has(v.role_definition_name), "gives too much"),
];

const whatTheDriverNeeds: Rule = (run) => {
  const actions = new Set(
    [
      ...statementsIn(of(run, "aws_iam_policy"), "policy"),
      ...statementsIn(of(run, "alicloud_ram_policy"), "policy_document"),
    ].flatMap(({ Action }) => listOf(Action)),
  );
  const needed = {
    aws_iam_policy: [
      ...["s3:ListBucket", "s3:ListBucketMultipartUploads", "s3:GetObject", "s3:PutObject", "s3:DeleteObject"],
      ...["s3:AbortMultipartUpload", "s3:ListMultipartUploadParts"],
    ],
    alicloud_ram_policy: [
      "oss:ListObjects",
      "oss:GetObject",
      "oss:PutObject",
      "oss:DeleteObject",
      "oss:AbortMultipartUpload",
    ],
  };
  const kinds = Object.entries(needed).filter(([type]) => of(run, type).length > 0);
  const roles = new Set(of(run, "azurerm_role_assignment").map(({ values }) => values.role_definition_name));
  const google = new Set(
    of(run, "google_storage_bucket_iam_member", "google_service_account_iam_member").map(({ values }) => values.role),
  );
  return [
    ...kinds.flatMap(([, names]) => names.filter((name) => !actions.has(name)).map((name) => `${name} is not allowed`)),
    ...(roles.size > 0 && !(roles.has("Storage Blob Data Contributor") && roles.has("Storage Blob Delegator"))
      ? ["Azure lets it read, write or sign no longer"]
      : []),
    ...(google.size > 0 &&
    !(google.has("roles/storage.objectUser") && google.has("roles/iam.serviceAccountTokenCreator"))
      ? ["Google lets it read, write or sign no longer"]
      : []),
  ];
};

const bucketPolicies: Rule = (run) =>
  of(run, "aws_s3_bucket_policy").flatMap((resource) => {
    const statements = statementsIn([resource], "policy");
    const isTlsOnly = statements.some(
      ({ Effect, Condition }) => Effect === "Deny" && Condition?.Bool?.["aws:SecureTransport"] === "false",
    );
    const open = statements.filter(
      ({ Effect, Principal, Condition }) => Effect === "Allow" && (Principal === "*" || !Condition),
    );
    return [
      ...(isTlsOnly ? [] : [`${resource.address}: takes requests without TLS`]),
      ...open.map(() => `${resource.address}: allows somebody without a condition`),
    ];
  });

const trustIsBound: Rule = (run) =>
  statementsIn(of(run, "aws_iam_role"), "assume_role_policy").flatMap(({ address, Condition }) =>
    Condition ? [] : [`${address}: can be taken from any account`],
  );

// --- Network and containers

const securityGroups: Rule = (run) => [
  ...check(
    of(
      run,
      ...["aws_vpc_security_group_ingress_rule", "aws_vpc_security_group_egress_rule", "aws_security_group"],
      ...["alicloud_security_group", "alicloud_security_group_rule"],
    ),
    (v) => Boolean(v.description),
    "does not say what it is for",
  ),
  ...check(
    of(run, "aws_vpc_security_group_ingress_rule"),
    (v) => v.cidr_ipv4 !== "0.0.0.0/0" || [80, 443].includes(v.to_port),
    "is open to the internet",
  ),
  ...check(of(run, "alicloud_security_group_rule"), (v) => v.cidr_ip !== "0.0.0.0/0", "is open to the internet"),
];

const tlsEverywhere: Rule = (run) => [
  ...check(
    of(run, "aws_lb_listener"),
    (v) => v.protocol === "HTTPS" || v.default_action[0].type === "redirect",
    "takes passwords without TLS",
  ),
  ...check(
    of(run, "aws_lb_listener"),
    (v) => v.protocol !== "HTTPS" || /TLS13|FS-1-2/.test(v.ssl_policy),
    "speaks old TLS",
  ),
  ...check(of(run, "aws_lb"), (v) => v.drop_invalid_header_fields, "lets invalid headers through"),
  ...check(of(run, "alicloud_alb_listener"), (v) => v.listener_protocol === "HTTPS", "takes passwords without TLS"),
  ...check(
    of(run, "azurerm_container_app"),
    (v) => !v.ingress[0].allow_insecure_connections,
    "takes passwords without TLS",
  ),
  ...check(
    of(run, "aws_cloudfront_distribution"),
    (v) => v.default_cache_behavior[0].viewer_protocol_policy === "https-only",
    "serves without TLS",
  ),
  ...check(
    of(run, "aws_elasticache_replication_group"),
    (v) => String(v.transit_encryption_enabled) === "true" && String(v.at_rest_encryption_enabled) === "true",
    "is not encrypted",
  ),
];

const containersOf = (run: Run): Values[] =>
  of(run, "aws_ecs_task_definition").flatMap(({ values }) => JSON.parse(values.container_definitions));

const containers: Rule = (run) => [
  ...containersOf(run).flatMap(({ name, essential, user, readonlyRootFilesystem, environment = [] }) => [
    ...(essential && !/^[1-9]/.test(user) ? [`the container ${name} runs as root`] : []),
    ...(readonlyRootFilesystem ? [] : [`the container ${name} may write to its root`]),
    ...environment
      .filter((variable: Values) => SECRET_VALUE.test(variable.name))
      .map((variable: Values) => `the container ${name} has ${variable.name} in the open`),
  ]),
  ...check(
    of(run, "aws_ecs_service"),
    (v) => v.network_configuration[0].assign_public_ip !== true,
    "gives tasks public addresses",
  ),
  ...check(of(run, "aws_ecs_service"), (v) => v.deployment_circuit_breaker[0]?.rollback, "keeps a broken version"),
  ...check(
    of(run, "alicloud_ess_eci_scaling_configuration"),
    (v) =>
      v.containers[0].security_context_read_only_root_file_system && v.containers[0].security_context_run_as_user > 0,
    "runs as root, or may write to its root",
  ),
];

/** Over HTTP/1 Cloud Run takes no more than 32 MiB in a request. */
const cloudRunSpeaksHttp2: Rule = (run) =>
  check(
    of(run, "google_cloud_run_v2_service"),
    (v) => v.template[0].containers[0].ports[0]?.name === "h2c" && v.template[0].timeout === "3600s",
    "refuses large layers",
  );

const noStickiness: Rule = (run) => [
  ...check(of(run, "aws_lb_target_group"), (v) => !v.stickiness[0]?.enabled, "binds clients to replicas"),
  ...check(
    of(run, "alicloud_alb_server_group"),
    (v) => !v.sticky_session_config[0]?.sticky_session_enabled,
    "binds clients to replicas",
  ),
  ...check(of(run, "google_cloud_run_v2_service"), (v) => !v.template[0].session_affinity, "binds clients to replicas"),
];

/** Uploaded bytes must not go through a NAT gateway, which is paid for by the byte. */
const storesAreNear: Rule = (run) =>
  of(run, "aws_nat_gateway").length > 0 &&
  of(run, "aws_vpc_endpoint").every(({ values }) => values.vpc_endpoint_type !== "Gateway")
    ? ["S3 is reached through the NAT gateway"]
    : [];

export const RULES: Readonly<Record<string, Rule>> = {
  noSecretIsKept,
  outputsSayWhatIsNext,
  theRegistryUnderstandsIt,
  keepAliveIsLonger,
  itHasTimeToStop,
  healthIsReadiness,
  bucketsAreClosed,
  nothingExpires,
  abandonedUploadsEnd,
  noPaidTrash,
  rightsAreNarrow,
  rolesAreKnown,
  whatTheDriverNeeds,
  bucketPolicies,
  trustIsBound,
  securityGroups,
  tlsEverywhere,
  containers,
  cloudRunSpeaksHttp2,
  noStickiness,
  storesAreNear,
};

/** Everything that is wrong with what a run made. */
export async function violationsOf(run: Run): Promise<string[]> {
  const found = await Promise.all(Object.values(RULES).map((rule) => rule(run)));
  return found.flat();
}
