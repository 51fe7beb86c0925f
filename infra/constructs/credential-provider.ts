import type { CredentialKind } from '@agent-identity/contracts'
import { ArnFormat, CfnOutput, type RemovalPolicy, Stack } from 'aws-cdk-lib'
import { CfnApiKeyCredentialProvider, CfnOAuth2CredentialProvider } from 'aws-cdk-lib/aws-bedrockagentcore'
import * as iam from 'aws-cdk-lib/aws-iam'
import { Construct } from 'constructs'

interface NamedProps {
  name: string
  /** AgentCore deletes the users' tokens with the provider. */
  removalPolicy: RemovalPolicy
  /** The API's address, where the provider's definition leaves it to the deployment. */
  apiUrl?: string | undefined
  /** The address where access tokens are revoked, where the definition leaves it to the deployment. */
  revocationUrl?: string | undefined
  clientSecretsOnlyViaAgentCore: boolean
}

export interface OAuthCredentialProviderProps extends NamedProps {
  credential: Exclude<CredentialKind, 'api-key'>
  /** AgentCore's name, such as `GithubOauth2`. */
  vendor: string
  configuration: CfnOAuth2CredentialProvider.Oauth2ProviderConfigInputProperty
  /** Where the callback URL has to be registered: the end of a sentence that is printed. */
  registerAt?: string
}

export interface ApiKeyCredentialProviderProps extends NamedProps {
  apiKey: string
}

/** The ARNs of the provider and of its secret contain its name. */
export abstract class CredentialProvider extends Construct {
  abstract readonly credential: CredentialKind
  abstract readonly arn: string
  /** The spelling in the names of AgentCore's secrets. */
  protected abstract readonly secretKind: 'oauth2' | 'apikey'
  readonly name: string
  readonly apiUrl: string | undefined
  readonly revocationUrl: string | undefined
  private readonly onlyViaAgentCore: boolean

  constructor(
    scope: Construct,
    id: string,
    { name, apiUrl, revocationUrl, clientSecretsOnlyViaAgentCore }: NamedProps,
  ) {
    super(scope, id)
    this.name = name
    this.apiUrl = apiUrl
    this.revocationUrl = revocationUrl
    this.onlyViaAgentCore = clientSecretsOnlyViaAgentCore
  }

  /**
   * AgentCore reads the secret with the caller's permissions (forward access sessions). The tag is that of AgentCore's
   * developer guide, identity-consent-portal-execution-role.
   */
  grantSecret(grantee: iam.IGrantable): void {
    grantee.grantPrincipal.addToPrincipalPolicy(
      new iam.PolicyStatement({
        actions: ['secretsmanager:GetSecretValue'],
        resources: SECRET_SUFFIXES.map((suffix) =>
          Stack.of(this).formatArn({
            service: 'secretsmanager',
            resource: 'secret',
            resourceName: `bedrock-agentcore-identity!default/${this.secretKind}/${this.name}${suffix}`,
            arnFormat: ArnFormat.COLON_RESOURCE_NAME,
          }),
        ),
        conditions: {
          StringEquals: { 'aws:ResourceTag/aws:secretsmanager:owningService': 'bedrock-agentcore-identity' },
          ...(this.onlyViaAgentCore
            ? { 'ForAnyValue:StringEquals': { 'aws:CalledVia': 'bedrock-agentcore.amazonaws.com' } }
            : {}),
        },
      }),
    )
  }
}

/**
 * After the provider's name AgentCore appends eight hex digits (seen in 2026; older secrets have none); Secrets Manager appends six characters. `-*`
 * would match the secrets of every provider whose name begins with this one's and a hyphen.
 */
const SECRET_SUFFIXES = ['-??????', '-????????-??????'] as const

export class OAuthCredentialProvider extends CredentialProvider {
  readonly credential: CredentialKind
  readonly arn: string
  readonly callbackUrl: string
  protected readonly secretKind = 'oauth2'

  constructor(scope: Construct, id: string, props: OAuthCredentialProviderProps) {
    super(scope, id, props)
    this.credential = props.credential
    // `oauth2credentialprovider`: the spelling in the devguide's scope-credential-provider-access has a hyphen and matches nothing.
    this.arn = agentCoreArn(this, `token-vault/default/oauth2credentialprovider/${props.name}`)
    const provider = new CfnOAuth2CredentialProvider(this, 'Provider', {
      name: props.name,
      credentialProviderVendor: props.vendor,
      oauth2ProviderConfigInput: props.configuration,
    })
    provider.applyRemovalPolicy(props.removalPolicy)
    this.callbackUrl = provider.attrCallbackUrl
    if (props.registerAt)
      new CfnOutput(this, 'CallbackUrl', {
        value: this.callbackUrl,
        description: `Register this callback URL at ${props.registerAt}`,
      })
  }
}

export class ApiKeyCredentialProvider extends CredentialProvider {
  readonly credential = 'api-key'
  readonly arn: string
  protected readonly secretKind = 'apikey'

  constructor(scope: Construct, id: string, props: ApiKeyCredentialProviderProps) {
    super(scope, id, props)
    const { name, apiKey, removalPolicy } = props
    this.arn = agentCoreArn(this, `token-vault/default/apikeycredentialprovider/${name}`)
    new CfnApiKeyCredentialProvider(this, 'Provider', { name, apiKey }).applyRemovalPolicy(removalPolicy)
  }
}

/** `arn:…:bedrock-agentcore:<region>:<account>:<resource>` */
export function agentCoreArn(scope: Construct, resource: string): string {
  return Stack.of(scope).formatArn({ service: 'bedrock-agentcore', resource, arnFormat: ArnFormat.NO_RESOURCE_NAME })
}
