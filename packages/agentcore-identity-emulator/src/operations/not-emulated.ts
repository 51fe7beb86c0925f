import type { Route } from '../aws-protocol/routes.ts'

const post = (name: string, path = `/identities/${name}`): Route => ({
  name,
  method: 'POST',
  path,
  plane: 'control',
})

/** Operations that are not emulated. They are listed, so that the error names them. */
export const notEmulated: readonly Route[] = [
  { ...post('GetResourcePaymentToken', '/identities/payment/token'), plane: 'data' },
  post('CreatePaymentCredentialProvider'),
  post('GetPaymentCredentialProvider'),
  post('ListPaymentCredentialProviders'),
  post('UpdatePaymentCredentialProvider'),
  post('DeletePaymentCredentialProvider'),
  post('CreateConsentPortal'),
  post('GetConsentPortal'),
  post('ListConsentPortals'),
  post('UpdateConsentPortal'),
  post('DeleteConsentPortal'),
]
