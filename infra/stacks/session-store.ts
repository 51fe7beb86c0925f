import { type App, Stack, type StackProps } from 'aws-cdk-lib'
import type * as secretsmanager from 'aws-cdk-lib/aws-secretsmanager'
import { SessionStore } from '../constructs/session-store.ts'
import { SessionStoreUser } from '../constructs/session-store-user.ts'
import { SERVICE_NAMES, type ServiceName } from '../names.ts'
import type { Deployment } from '../read-deployment.ts'
import type { IdentityStack } from './identity.ts'
import type { NetworkStack } from './network.ts'

interface SessionStoreProps extends StackProps {
  deployment: Deployment
  network: NetworkStack
  identity: IdentityStack
}

/** One key ring per kind of record: who holds a ring opens that kind and no other. */
export interface KeyRings {
  userSessions: secretsmanager.ISecret
  identityArtifacts: secretsmanager.ISecret
  userTokens: secretsmanager.ISecret
  turns: secretsmanager.ISecret
}

export class SessionStoreStack extends Stack {
  readonly url: string
  readonly users: Readonly<Record<ServiceName, SessionStoreUser>>
  readonly keyRings: KeyRings

  constructor(app: App, id: string, props: SessionStoreProps) {
    super(app, id, props)
    const { deployment, network, identity } = props
    const { secretsKey } = identity

    const userOf = (service: ServiceName) => new SessionStoreUser(this, service, { deployment, secretsKey, service })
    this.users = { 'agent-workload': userOf('agent-workload'), 'session-binding': userOf('session-binding') }
    this.url = new SessionStore(this, 'SessionStore', {
      deployment,
      vpc: network.vpc,
      traffic: network.traffic,
      alarms: network.alarms,
      users: SERVICE_NAMES.map((service) => this.users[service]),
    }).url
    this.keyRings = {
      userSessions: secretsKey.keyRing(this, 'UserSessionKeys', 'Seals who is signed in; both services open it'),
      identityArtifacts: secretsKey.keyRing(
        this,
        'IdentityArtifactKeys',
        'Seals proofs of the user between both services',
      ),
      userTokens: secretsKey.keyRing(this, 'UserTokensKeys', 'Seals the users’ own tokens; the agent workload only'),
      turns: secretsKey.keyRing(this, 'TurnKeys', 'Seals turns and authorization URLs; the agent workload only'),
    }
  }
}
