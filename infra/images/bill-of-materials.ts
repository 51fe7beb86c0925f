import type { BundledPackage } from './bundled-packages.ts'

/** Lists the packages in CycloneDX 1.6: scanners look for node_modules, and a bundle has none. */
export const billOfMaterials = (service: string, packages: readonly BundledPackage[]) => ({
  bomFormat: 'CycloneDX',
  specVersion: '1.6',
  version: 1,
  metadata: { component: { type: 'application', name: service } },
  components: packages.map(({ name, version, license }) => ({
    type: 'library',
    name,
    version,
    purl: `pkg:npm/${name.replace('@', '%40')}@${version}`,
    ...(license ? { licenses: [licenceOf(license)] } : {}),
  })),
})

/** `BSD` alone is no SPDX expression. */
const licenceOf = (license: string) => (license === 'BSD' ? { license: { name: license } } : { expression: license })
