import { LOOPBACK_REDIRECT_URIS, type StageFile } from '../stage-file.ts'

const production: StageFile = {
  entrance: { kind: 'own-domain' },
  providers: [],
  identityArtifact: 'jwt',
  clientSecretsOnlyViaAgentCore: false,
  consentsAtOnce: 'one',
  changes: { perTurn: 5, askFirst: [] },
  network: { cidr: '10.30.0.0/20', natGateways: 2, interfaceEndpoints: true },
  sessionStore: { nodeType: 'cache.m7g.large', topology: 'cluster', shards: 1, replicasPerShard: 1 },
  services: {
    'agent-workload': { cpu: 1024, memoryMiB: 2048, minTasks: 2, maxTasks: 10 },
    'session-binding': { cpu: 256, memoryMiB: 512, minTasks: 2, maxTasks: 6 },
  },
  mcp: {
    enabled: false,
    size: { cpu: 512, memoryMiB: 1024, minTasks: 2, maxTasks: 6 },
    redirectUris: LOOPBACK_REDIRECT_URIS,
  },
  signIn: { mfa: 'required' },
  firewall: { requests: 10_000, authorizationRequests: 1_500 },
  logRetentionDays: 365,
  auditTrail: true,
  containerInsights: true,
  keepsData: true,
}

export default production
