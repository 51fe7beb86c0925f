import type { Route } from '../aws-protocol/routes.ts'

const post = (name: string, path = `/identities/${name}`): Route => ({
  name,
  method: 'POST',
  path,
  plane: 'control',
})

/**
 * Identity operations of both planes that are not written, by name, so that the refusal says what is missing. The rest
 * of the two services (Runtime, Gateway, Memory, …) is refused by method and path.
 */
export const notEmulated: readonly Route[] = [
  { ...post('GetResourcePaymentToken', '/identities/payment/token'), plane: 'data' },
  post('CreatePaymentCredentialProvider'),
  post('GetPaymentCredentialProvider'),
  post('ListPaymentCredentialProviders'),
  post('UpdatePaymentCredentialProvider'),
  post('DeletePaymentCredentialProvider'),
  // The managed portal works for AgentCore Gateway only, and its hosted pages could only be pretended.
  post('CreateConsentPortal'),
  post('GetConsentPortal'),
  post('ListConsentPortals'),
  post('UpdateConsentPortal'),
  post('DeleteConsentPortal'),
  // Needs a KMS key that has been deleted, and there is no KMS here.
  post('ResetTokenVaultKeyMaterial', '/identities/reset-token-vault-key-material'),
]
