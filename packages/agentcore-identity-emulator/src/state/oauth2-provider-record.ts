import type { oauth2ProviderConfigInput } from '../model/provider-configuration.ts'
import type { Infer } from '../model/shapes.ts'
import type { AuthorizationServer, TokenEndpointAuthMethod, Vendor } from '../oauth/vendors.ts'

export type Oauth2ProviderConfigInput = Infer<typeof oauth2ProviderConfigInput>
export type CustomConfig = Extract<
  Oauth2ProviderConfigInput,
  { customOauth2ProviderConfig: object }
>['customOauth2ProviderConfig']
export type ClientSecretReference = { source: 'EXTERNAL'; secretId: string; jsonKey: string }

export type Oauth2Provider = {
  /** A recreated provider has another id: tokens of the deleted provider must not be used. */
  instanceId: string
  name: string
  arn: string
  vendor: Vendor
  callbackId: string
  clientId: string
  clientSecret: string | ClientSecretReference
  secretArn: string
  server:
    | AuthorizationServer
    | { discoveryUrl: string; tokenEndpointAuthMethod?: TokenEndpointAuthMethod }
    | { builtIn: true }
  custom: CustomConfig | undefined
  createdTime: number
  lastUpdatedTime: number
}
