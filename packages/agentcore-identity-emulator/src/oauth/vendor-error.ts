/** Callers get `says` and not the vendor's error, which could contain a code, a secret or another user's data. */
export class VendorError extends Error {
  readonly definitive: boolean
  readonly says: string

  /** `definitive`: the vendor refused with an OAuth error (RFC 6749 §5.2). */
  constructor(message: string, options: { definitive?: boolean; says?: string; cause?: unknown } = {}) {
    super(message, { cause: options.cause })
    this.name = 'VendorError'
    this.definitive = options.definitive ?? false
    this.says = options.says ?? UNUSABLE_ANSWER
  }
}

/** The live service's texts: README.md, "What is emulated", has the evidence. */
const UNUSABLE_ANSWER = 'Error parsing ClientCredentials response'
const UNREACHABLE = 'Could not access Provider Token Endpoint'

export const unreachable = (cause: unknown) => new VendorError('no answer', { says: UNREACHABLE, cause })

export const unknownHost = (hostname: string, cause: unknown) =>
  new VendorError('unknown host', { says: `Failed to resolve hostname: ${hostname}`, cause })

export const noDiscoveryDocument = (url: string, cause: unknown) =>
  new VendorError('no usable discovery document', { says: `Failed to fetch discovery document from: ${url}`, cause })
