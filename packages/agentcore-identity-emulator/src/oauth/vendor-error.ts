/**
 * Whatever went wrong between this server and a vendor. Its message stays on this side; callers are told `says`, which
 * has no word of the vendor's: those could hold a code, a secret or another user's data.
 */
export class VendorError extends Error {
  readonly definitive: boolean
  readonly says: string

  /** `definitive`: the vendor said no (an OAuth error), as opposed to being away or talking nonsense. */
  constructor(message: string, options: { definitive?: boolean; says?: string; cause?: unknown } = {}) {
    super(message, { cause: options.cause })
    this.name = 'VendorError'
    this.definitive = options.definitive ?? false
    this.says = options.says ?? UNUSABLE_ANSWER
  }
}

/** The live service's words, each reported by people who met them: README.md, "What is emulated", has when. */
const UNUSABLE_ANSWER = 'Error parsing ClientCredentials response'
const UNREACHABLE = 'Could not access Provider Token Endpoint'

export const unreachable = (cause: unknown) => new VendorError('no answer', { says: UNREACHABLE, cause })

export const unknownHost = (hostname: string, cause: unknown) =>
  new VendorError('unknown host', { says: `Failed to resolve hostname: ${hostname}`, cause })

export const noDiscoveryDocument = (url: string, cause: unknown) =>
  new VendorError('no usable discovery document', { says: `Failed to fetch discovery document from: ${url}`, cause })
