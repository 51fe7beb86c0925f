import { defineOperation } from '../aws-protocol/operation.ts'
import { ListTagsForResourceRequest } from '../model/control-plane.ts'
import { requireTaggable } from '../state/tags.ts'

export const ListTagsForResource = defineOperation({
  name: 'ListTagsForResource',
  method: 'GET',
  path: '/tags/{resourceArn}',
  input: ListTagsForResourceRequest,
  permissions: ({ resourceArn }) => [{ action: 'bedrock-agentcore:ListTagsForResource', resources: [resourceArn] }],
  run({ resourceArn }, state) {
    requireTaggable(resourceArn, state)
    return { tags: state.tags.get(resourceArn) ?? {} }
  },
})
