import { expect, test } from '@jest/globals'
import { ENTRANCES, expectSameReferences, PROOFS, PROVIDER_CHOICES, synthesized, TOPOLOGIES } from './references.ts'

const SHAPES = ENTRANCES.flatMap((entrance) => TOPOLOGIES.map((topology) => ({ entrance, topology })))

test.each(SHAPES)(
  'with the entrance of the $entrance and the topology $topology, none of these sets of providers and proofs changes a reference between stacks',
  ({ entrance, topology }) => {
    const first = synthesized(entrance, topology, 'jwt', 'profile')
    for (const proof of PROOFS)
      for (const providers of PROVIDER_CHOICES)
        expectSameReferences(synthesized(entrance, topology, proof, providers), first)
    expect(PROVIDER_CHOICES.length * PROOFS.length).toBeGreaterThan(8)
  },
  300_000,
)
