import { ArnFormat, CfnOutput, Stack } from 'aws-cdk-lib'
import { CfnOAuth2CredentialProvider } from 'aws-cdk-lib/aws-bedrockagentcore'
import * as iam from 'aws-cdk-lib/aws-iam'
import { Construct } from 'constructs'

export interface CredentialProviderProps {
  name: string
  /** As AgentCore names it. */
  vendor: string
  configuration: CfnOAuth2CredentialProvider.Oauth2ProviderConfigInputProperty
  /** Where the callback URL has to be registered, as the end of a sentence. */
  registerAt?: string
  clientSecretsOnlyViaAgentCore: boolean
}

/**
 * AgentCore names a client secret after its provider, since 2026 with eight hex digits behind the name; Secrets Manager
 * adds six characters of its own. Not `-*`: that would match every provider whose name begins the same.
 */
const SECRET_SUFFIXES = ['-??????', '-????????-??????'] as const

/** AgentCore's record of one OAuth client at one authorization server. Its name is part of ARNs, so it is ours to give. */
export class CredentialProvider extends Construct {
  readonly name: string
  readonly arn: string
  readonly callbackUrl: string
  private readonly onlyViaAgentCore: boolean

  constructor(scope: Construct, id: string, props: CredentialProviderProps) {
    super(scope, id)
    this.name = props.name
    this.onlyViaAgentCore = props.clientSecretsOnlyViaAgentCore
    // `oauth2credentialprovider` in one word: the devguide's scope-credential-provider-access hyphenates it, which matches nothing.
    this.arn = agentCoreArn(this, `token-vault/default/oauth2credentialprovider/${props.name}`)
    const provider = new CfnOAuth2CredentialProvider(this, 'Provider', {
      name: props.name,
      credentialProviderVendor: props.vendor,
      oauth2ProviderConfigInput: props.configuration,
    })
    this.callbackUrl = provider.attrCallbackUrl
    if (props.registerAt)
      new CfnOutput(this, 'CallbackUrl', {
        value: this.callbackUrl,
        description: `Register this callback URL at ${props.registerAt}`,
      })
  }

  /**
   * AgentCore reads the client secret with its caller's rights (forward access sessions), so whoever fetches tokens or
   * completes an authorization needs this. The tag is the one of the devguide's identity-consent-portal-execution-role.
   */
  grantClientSecret(grantee: iam.IGrantable): void {
    grantee.grantPrincipal.addToPrincipalPolicy(
      new iam.PolicyStatement({
        actions: ['secretsmanager:GetSecretValue'],
        resources: SECRET_SUFFIXES.map((suffix) =>
          Stack.of(this).formatArn({
            service: 'secretsmanager',
            resource: 'secret',
            resourceName: `bedrock-agentcore-identity!default/oauth2/${this.name}${suffix}`,
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

/** `arn:…:bedrock-agentcore:<region>:<account>:<resource>` */
export function agentCoreArn(scope: Construct, resource: string): string {
  return Stack.of(scope).formatArn({ service: 'bedrock-agentcore', resource, arnFormat: ArnFormat.NO_RESOURCE_NAME })
}
