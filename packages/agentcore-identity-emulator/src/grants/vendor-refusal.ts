import { ValidationException } from '../aws-protocol/errors.ts'
import { VendorError } from '../oauth/vendor-error.ts'

/** A vendor's failure, as one of the live service's few sentences (aws/bedrock-agentcore-sdk-python#81 has the first). */
export function vendorRefusal(error: unknown): unknown {
  if (!(error instanceof VendorError)) return error
  return new ValidationException(error.says, { cause: error })
}
