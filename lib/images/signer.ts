/** A signer without a key of its own, as in `cosign verify --certificate-identity=… --certificate-oidc-issuer=…`. */
export interface SignerIdentity {
  /** Address or e-mail address in the certificate; each `*` stands for any text. */
  readonly identity: string;
  /** Address of the identity provider that vouched for it. */
  readonly issuer: string;
  /** File with the certificates and logs to trust. @default those of the public sigstore.dev, fetched and checked by TUF */
  readonly trustedRoot?: string | undefined;
}

/** The trusted root is unavailable. */
export class NoTrustedRoot extends Error {}
