import { DriverError } from "../errors.ts";
import type { SwiftParameters } from "./config.ts";
import { drain, header } from "./http.ts";
import type { Ask } from "./login.ts";
import type { Grant } from "./session.ts";

export async function logInV1(ask: Ask, { authurl, username, password }: SwiftParameters): Promise<Grant> {
  const headers = { "x-auth-user": username, "x-auth-key": password };
  const answer = await ask({ method: "GET", url: authurl, headers });
  drain(answer);
  const token = header(answer, "x-auth-token") ?? header(answer, "x-storage-token");
  const storageUrl = header(answer, "x-storage-url");
  if (token === undefined || storageUrl === undefined) {
    const message = `${authurl} answered without a token: is it the address of TempAuth, such as …/auth/v1.0?`;
    throw new DriverError("unexpected", "login", { message });
  }
  const seconds = Number(header(answer, "x-auth-token-expires") ?? Number.NaN);
  return {
    token,
    storageUrl: storageUrl.replace(/\/+$/, ""),
    lifetime: Number.isFinite(seconds) ? seconds * 1000 : undefined,
  };
}
