import { defineOperation } from '../aws-protocol/operation.ts'
import { UntagResourceRequest } from '../model/control-plane.ts'
import { requireTaggable } from '../state/tags.ts'

export const UntagResource = defineOperation({
  name: 'UntagResource',
  method: 'DELETE',
  path: '/tags/{resourceArn}',
  successStatus: 204,
  input: UntagResourceRequest,
  permissions: ({ resourceArn, tagKeys }) => [
    { action: 'bedrock-agentcore:UntagResource', resources: [resourceArn], conditionKeys: { 'aws:TagKeys': tagKeys } },
  ],
  run({ resourceArn, tagKeys }, state) {
    requireTaggable(resourceArn, state)
    const left = Object.entries(state.tags.get(resourceArn) ?? {}).filter(([key]) => !tagKeys.includes(key))
    state.tags.set(resourceArn, Object.fromEntries(left))
    return {}
  },
})
