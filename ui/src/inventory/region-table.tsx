// Media regions with how many of the newest streams touched each.
import { TimeText } from '../text/zone.tsx'
import { useRegions } from './use-inventory.ts'

/** The table; nothing where no region is named. */
export function RegionTable() {
  const { data } = useRegions()
  if (data === undefined || data.regions.length === 0) return null
  return (
    <section>
      <h2>Media regions</h2>
      <table>
        <thead>
          <tr>
            <th>Region</th>
            <th>Is</th>
            <th>Networks</th>
            <th title={`of the newest ${data.streamsCounted} streams`}>Streams</th>
            <th>Last one</th>
          </tr>
        </thead>
        <tbody>
          {data.regions.map(({ region, role, networks, streams, lastUs }) => (
            <tr key={region}>
              <th scope="row">{region}</th>
              <td>{role}</td>
              <td>{networks.join(', ')}</td>
              <td className="number">{streams}</td>
              <td>{lastUs === null ? '–' : <TimeText tUs={lastUs} />}</td>
            </tr>
          ))}
        </tbody>
      </table>
      <p className="dim">{data.streamsElsewhere} streams touched none of them.</p>
    </section>
  )
}
