import { callJson, listOf, short, type VendorSettings } from '@agent-identity/provider-kit'
import { z } from 'zod'

interface Item {
  name: string
  inStock: number
}

/** With the agent’s key. @throws VendorError */
export interface WarehouseClient {
  stock(apiKey: string, signal: AbortSignal): Promise<{ items: Item[]; more?: true }>
}

const LISTED = 100

const Stock = z.object({ items: listOf(z.object({ name: z.string(), inStock: z.number() }), LISTED) })

export function createWarehouseClient({ url, timeoutMs }: VendorSettings): WarehouseClient {
  return {
    async stock(apiKey, signal) {
      const call = { accessToken: apiKey, keyHeader: 'x-api-key', signal, timeoutMs }
      const { items, ...more } = (await callJson(Stock, `${url}/stock`, call)).items
      return { items: items.map(({ name, inStock }) => ({ name: short(name), inStock })), ...more }
    },
  }
}
