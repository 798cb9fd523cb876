/** RFC 7518 section 3.1 and RFC 8037: how tokens are signed. */

/** With a pair of keys. A secret that both sides have is no proof of who signed, and none of these can be mistaken for one. */
export const ASYMMETRIC_ALGORITHMS = [
  "EdDSA",
  "Ed25519",
  "RS256",
  "RS384",
  "RS512",
  "ES256",
  "ES384",
  "ES512",
  "PS256",
  "PS384",
  "PS512",
] as const;

export type SigningAlgorithm = (typeof ASYMMETRIC_ALGORITHMS)[number];

/** distribution lists them, and has never been able to verify them. */
export const SYMMETRIC_ALGORITHMS = ["HS256", "HS384", "HS512"] as const;
