import type { ProviderDefinition } from '@agent-identity/provider-kit'

/** An example of your own company's API with a key in the header `x-api-key`. Not tested live. */
export const warehouse: ProviderDefinition = {
  id: 'warehouse',
  displayName: 'Warehouse',
  suggestions: ['What is in stock?'],
  credential: 'api-key',
  keyFrom: 'those who run the warehouse API',
  baseScopes: [],
  // Our own name: a key has no scopes.
  scopeDescriptions: { 'stock:read': 'See how much of each item is in stock' },
  customParameters: {},
  apiUrl: 'https://warehouse.{domain}/v1',
  atWork: async (settings) => (await import('./tools.ts')).warehouseAtWork(settings),
}
