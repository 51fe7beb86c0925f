import { ValidationException } from '../aws-protocol/errors.ts'
import { VendorError } from '../oauth/vendor-error.ts'

export function vendorRefusal(error: unknown): unknown {
  if (!(error instanceof VendorError)) return error
  return new ValidationException(error.says, { cause: error })
}
