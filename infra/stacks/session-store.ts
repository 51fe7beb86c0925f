import { type App, Stack, type StackProps } from 'aws-cdk-lib'
import { createKeyRings, type KeyRings } from '../constructs/key-rings.ts'
import type { RedisTopology } from '../constructs/options.ts'
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

export class SessionStoreStack extends Stack {
  readonly url: string
  readonly topology: RedisTopology
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
      nodes: deployment.sessionStore,
      network: network.network,
      traffic: network.traffic,
      alarms: network.alarms,
      users: SERVICE_NAMES.map((service) => this.users[service]),
    }).url
    this.topology = deployment.sessionStore.topology
    this.keyRings = createKeyRings(this, secretsKey)
  }
}
