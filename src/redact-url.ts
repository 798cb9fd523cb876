/** URLs for logs: without what would let a reader do what the caller may. */

const SECRET_PARAMETERS =
  /^(_state|x-(amz|goog|oss|ms)-.*|(x-)?sig(nature)?|(access_|id_|refresh_)?token|password|secret|awsaccesskeyid|googleaccessid|ossaccesskeyid)$/i;

/** Keeps names, and masks the values of upload states, signatures and tokens. */
export function redactUrl(url: string): string {
  const mark = url.indexOf("?");
  if (mark < 0) return url;
  const parameters = url.slice(mark + 1).split("&");
  return `${url.slice(0, mark)}?${parameters.map(redactParameter).join("&")}`;
}

function redactParameter(parameter: string): string {
  const [name = ""] = parameter.split("=", 1);
  return name !== parameter && SECRET_PARAMETERS.test(decode(name)) ? `${name}=***` : parameter;
}

/** `%5Fstate` is read as `_state`, so it is masked as that. */
function decode(name: string): string {
  try {
    return decodeURIComponent(name.replaceAll("+", " ")).trim();
  } catch {
    return name;
  }
}
