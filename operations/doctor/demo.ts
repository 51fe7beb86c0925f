import type { RunningDemo } from '@agent-identity/local/running-demo'
import { createAwsClients } from '../target/aws-clients.ts'
import type { WithProviders } from './checks/credential-providers.ts'
import { httpGet } from './http-get.ts'
import { readProviders } from './read-providers.ts'
import { once } from './subject.ts'

export interface Demo extends WithProviders {
  demo: RunningDemo
}

export function createDemo(demo: RunningDemo): Demo {
  const { agentcore } = createAwsClients(demo.awsRegion, {
    endpoint: demo.agentcoreIdentity,
    credentials: demo.awsCredentials.administrator,
  })
  const configuration = once(async () => ({
    publicUrl: demo.app,
    workloadName: demo.deployment.workloadName,
    credentialProviders: new Map(Object.entries(demo.deployment.credentialProviders)),
    issuer: demo.signIn,
  }))
  return {
    demo,
    agentcore,
    get: httpGet,
    configuration,
    providers: once(async () => readProviders(agentcore, await configuration())),
  }
}
