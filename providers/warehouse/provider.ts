import type { ProviderDefinition } from '@agent-identity/provider-kit'

/**
 * An example of an API of your own company with an API key, the same for every user, in the header `x-api-key`. The address is an example.
 * It was not tested live.
 */
export const warehouse: ProviderDefinition = {
  id: 'warehouse',
  displayName: 'Warehouse',
  credential: 'api-key',
  keyFrom: 'those who run the warehouse API',
  baseScopes: [],
  // Our own name: a key has no scopes. The warehouse decides what the key allows.
  scopeDescriptions: { 'stock:read': 'See how much of each item is in stock' },
  customParameters: {},
  apiUrl: 'https://warehouse.{domain}/v1',
  atWork: async (settings) => (await import('./tools.ts')).warehouseAtWork(settings),
}
