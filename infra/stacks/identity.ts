import { type ProviderId, ROUTES } from '@agent-identity/contracts'
import { type App, Stack, type StackProps } from 'aws-cdk-lib'
import { CognitoSignIn } from '../constructs/cognito-sign-in.ts'
import { createCredentialProvider } from '../constructs/create-credential-provider.ts'
import type { CredentialProvider } from '../constructs/credential-provider.ts'
import { CustomResources } from '../constructs/custom-resources.ts'
import { IdentityAuditTrail } from '../constructs/identity-audit-trail.ts'
import { OpenIdSignIn } from '../constructs/openid-sign-in.ts'
import { SecretsKey } from '../constructs/secrets-key.ts'
import type { SignInAccess } from '../constructs/sign-in-access.ts'
import { WorkloadIdentity } from '../constructs/workload-identity.ts'
import { prefixOf } from '../names.ts'
import type { Deployment } from '../read-deployment.ts'
import type { EdgeStack } from './edge.ts'
import type { NetworkStack } from './network.ts'

interface IdentityProps extends StackProps {
  deployment: Deployment
  network: NetworkStack
  edge: EdgeStack
}

export class IdentityStack extends Stack {
  readonly secretsKey: SecretsKey
  readonly signIn: SignInAccess
  readonly workloadIdentity: WorkloadIdentity
  readonly providers: ReadonlyMap<ProviderId, CredentialProvider>

  constructor(app: App, id: string, props: IdentityProps) {
    super(app, id, props)
    const { deployment, network, edge } = props

    const customResources = new CustomResources(this, 'CustomResources', { deployment, key: network.logsKey })
    this.secretsKey = new SecretsKey(this, 'SecretsKey', { deployment })
    const { publicUrl } = edge
    const signIn =
      'issuer' in deployment.signIn
        ? new OpenIdSignIn(this, 'SignIn', { provider: deployment.signIn, publicUrl })
        : new CognitoSignIn(this, 'SignIn', {
            deployment,
            users: deployment.signIn,
            publicUrl,
            secretsKey: this.secretsKey,
          })
    const cognito = signIn instanceof CognitoSignIn ? signIn : undefined
    this.signIn = signIn
    this.workloadIdentity = new WorkloadIdentity(this, 'WorkloadIdentity', {
      name: prefixOf(deployment),
      // Joined, not parsed: CloudFront's host is known only during deployment.
      returnUrl: `${publicUrl}${ROUTES.sessionBinding}`,
      proof:
        deployment.identityArtifact === 'jwt'
          ? { kind: 'jwt', issuer: this.signIn.issuer, tokenClaim: this.signIn.tokenClaim }
          : { kind: 'user-id', prefix: this.signIn.userIdPrefix },
    })
    this.providers = new Map(
      deployment.providers.map((client) => [
        client.provider.id,
        createCredentialProvider(this, { deployment, client, cognito, customResources }),
      ]),
    )
    if (deployment.auditTrail) new IdentityAuditTrail(this, 'AuditTrail', { deployment })
  }
}
