import { defineTool, type ToolsAtWork, type VendorSettings } from '@agent-identity/provider-kit'
import { z } from 'zod'
import { createWarehouseClient } from './client.ts'

export function warehouseAtWork(settings: VendorSettings): ToolsAtWork {
  const client = createWarehouseClient(settings)
  const listStock = defineTool({
    name: 'list_stock',
    description: 'Lists the items in the warehouse of the company, and how many of each are in stock.',
    pastTense: 'listed the stock',
    inputSchema: z.object({}),
    scopes: ['stock:read'],
    does: 'read',
    act: (_input, { accessToken, signal }) => client.stock(accessToken, signal),
  })
  return { tools: [listStock] }
}
