/** Whatever went wrong between this server and a vendor. Its message stays on this side: callers learn nothing of it. */
export class VendorError extends Error {
  readonly definitive: boolean

  /** `definitive`: the vendor said no (an OAuth error), as opposed to being away or talking nonsense. */
  constructor(message: string, options: { definitive?: boolean; cause?: unknown } = {}) {
    super(message, { cause: options.cause })
    this.name = 'VendorError'
    this.definitive = options.definitive ?? false
  }
}
