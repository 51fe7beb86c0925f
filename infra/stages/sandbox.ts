import { LOOPBACK_REDIRECT_URIS, type StageFile } from '../stage-file.ts'

const sandbox: StageFile = {
  entrance: { kind: 'cloudfront' },
  providers: ['profile'],
  identityArtifact: 'jwt',
  clientSecretsOnlyViaAgentCore: false,
  consentsAtOnce: 'one',
  changes: { perTurn: 5, askFirst: [] },
  network: { cidr: '10.20.0.0/20', natGateways: 1, interfaceEndpoints: false },
  sessionStore: { nodeType: 'cache.t4g.micro', topology: 'single', shards: 1, replicasPerShard: 0 },
  services: {
    'agent-workload': { cpu: 512, memoryMiB: 1024, minTasks: 1, maxTasks: 2 },
    'session-binding': { cpu: 256, memoryMiB: 512, minTasks: 1, maxTasks: 2 },
  },
  mcp: {
    enabled: false,
    size: { cpu: 256, memoryMiB: 512, minTasks: 1, maxTasks: 2 },
    redirectUris: LOOPBACK_REDIRECT_URIS,
  },
  signIn: { mfa: 'optional' },
  firewall: { requests: 10_000, authorizationRequests: 1_500 },
  logRetentionDays: 14,
  auditTrail: false,
  containerInsights: false,
  keepsData: false,
}

export default sandbox
