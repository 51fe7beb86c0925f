import { defineTool, type ToolsAtWork, type VendorSettings } from '@agent-identity/provider-kit'
import { z } from 'zod'
import { createServiceStatusClient } from './client.ts'

export function serviceStatusAtWork(settings: VendorSettings): ToolsAtWork {
  const client = createServiceStatusClient(settings)
  const listServices = defineTool({
    name: 'list_service_status',
    description: 'Lists the services of the company, and whether each is up, disturbed or down.',
    pastTense: 'listed services',
    inputSchema: z.object({}),
    scopes: ['status:read'],
    does: 'read',
    act: (_input, { accessToken, signal }) => client.services(accessToken, signal),
  })
  return { tools: [listServices] }
}
