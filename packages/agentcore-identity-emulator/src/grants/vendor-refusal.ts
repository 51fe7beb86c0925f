import { ValidationException } from '../aws-protocol/errors.ts'
import { VendorError } from '../oauth/vendor-error.ts'

/** A vendor's failure as AWS's error. Other errors are returned as they are. */
export function vendorRefusal(error: unknown): unknown {
  if (!(error instanceof VendorError)) return error
  return new ValidationException(error.says, { cause: error })
}
