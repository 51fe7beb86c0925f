import { join } from 'node:path'

const ROOT = join(import.meta.dirname, '..', '..')

export const PROGRAMS = {
  'agent-workload': join(ROOT, 'services', 'agent-workload', 'src', 'main.ts'),
  'session-binding': join(ROOT, 'services', 'session-binding', 'src', 'main.ts'),
  'mcp-server': join(ROOT, 'services', 'mcp-server', 'src', 'main.ts'),
  'agentcore-identity': join(ROOT, 'packages', 'agentcore-identity-emulator', 'src', 'main.ts'),
}
