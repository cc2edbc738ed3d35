// The regions that media may run through, as the inventory names them. What is not named is absent,
// never null.
import type { App } from '../http/app.ts'
import type { ResourceParts } from './resource-parts.ts'

export function registerMediaRegions(app: App, { inventory }: ResourceParts): void {
  const config = { permission: 'telephony:plugin:all', isAnyPermission: true }
  app.get('/api/v2/telephony/mediaregions', { config }, async () => {
    const { home, core, satellite } = inventory.entries.regions()
    return {
      ...(home === null ? {} : { awsHomeRegion: home }),
      awsCoreRegions: core,
      awsSatelliteRegions: satellite,
    }
  })
}
