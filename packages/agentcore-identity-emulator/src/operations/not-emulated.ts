import type { Route } from '../aws-protocol/routes.ts'

const post = (name: string, path = `/identities/${name}`): Route => ({
  name,
  method: 'POST',
  path,
  plane: 'control',
})

/**
 * Identity operations of both planes that are not implemented, by name, so that the error names the operation. Other operations of the two services
 * (Runtime, Gateway, Memory, …) are refused by method and path.
 */
export const notEmulated: readonly Route[] = [
  { ...post('GetResourcePaymentToken', '/identities/payment/token'), plane: 'data' },
  post('CreatePaymentCredentialProvider'),
  post('GetPaymentCredentialProvider'),
  post('ListPaymentCredentialProviders'),
  post('UpdatePaymentCredentialProvider'),
  post('DeletePaymentCredentialProvider'),
  // The managed portal works for AgentCore Gateway only, and its hosted pages could only be imitated.
  post('CreateConsentPortal'),
  post('GetConsentPortal'),
  post('ListConsentPortals'),
  post('UpdateConsentPortal'),
  post('DeleteConsentPortal'),
  // It needs a deleted KMS key, and there is no KMS here.
  post('ResetTokenVaultKeyMaterial', '/identities/reset-token-vault-key-material'),
]
