import { ValidationException } from '../aws-protocol/errors.ts'
import { VendorError } from '../oauth/vendor-error.ts'

/**
 * Whatever a vendor did wrong, callers see this one sentence, as on the live service (aws/bedrock-agentcore-sdk-python
 * #81): the vendor's own words could hold a code, a secret or another user's data.
 */
export function vendorRefusal(error: unknown): unknown {
  if (!(error instanceof VendorError)) return error
  return new ValidationException('Error parsing ClientCredentials response', { cause: error })
}
