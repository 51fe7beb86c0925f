import { type App, Stack, type StackProps } from 'aws-cdk-lib'
import { createKeyRings, type KeyRings } from '../constructs/key-rings.ts'
import type { SessionStoreNodes } from '../constructs/options.ts'
import { SessionStore } from '../constructs/session-store.ts'
import { existingSessionStore, type SessionStoreAccess } from '../constructs/session-store-access.ts'
import { SessionStoreUser } from '../constructs/session-store-user.ts'
import type { ContainerName } from '../names.ts'
import type { Deployment } from '../read-deployment.ts'
import { REDIS_ACCESS } from '../redis-access.ts'
import type { IdentityStack } from './identity.ts'
import type { NetworkStack } from './network.ts'

interface SessionStoreProps extends StackProps {
  deployment: Deployment
  network: NetworkStack
  identity: IdentityStack
}

export class SessionStoreStack extends Stack {
  readonly access: SessionStoreAccess
  readonly keyRings: KeyRings

  constructor(app: App, id: string, props: SessionStoreProps) {
    super(app, id, props)
    const { deployment, identity } = props
    this.access =
      'url' in deployment.sessionStore
        ? existingSessionStore(this, deployment.sessionStore)
        : this.createStore(deployment.sessionStore, props)
    this.keyRings = createKeyRings(this, identity.secretsKey)
  }

  private createStore(nodes: SessionStoreNodes, { deployment, network, identity }: SessionStoreProps): SessionStore {
    const { secretsKey } = identity
    const access = REDIS_ACCESS
    const userOf = (service: ContainerName) =>
      new SessionStoreUser(this, service, { deployment, secretsKey, service, access: access[service] })
    const { store } = network.traffic
    if (!store) throw new Error('There is no security group for a session store')
    return new SessionStore(this, 'SessionStore', {
      deployment,
      nodes,
      network: network.network,
      securityGroup: store,
      alarms: network.alarms,
      users: {
        'agent-workload': userOf('agent-workload'),
        'session-binding': userOf('session-binding'),
        ...(deployment.mcp.enabled && { 'mcp-server': userOf('mcp-server') }),
      },
    })
  }
}
