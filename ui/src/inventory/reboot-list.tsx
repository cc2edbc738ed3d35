// Reboots of sites with what became of each device, the newest first.
import { useState } from 'react'
import type { RebootJob } from '../../../src/inventory/reboot/job.ts'
import type { RebootedDevice } from '../api/house.ts'
import { ErrorNote } from '../parts/error-note.tsx'
import { TimeText } from '../text/zone.tsx'
import { useRebootedDevices, useReboots } from './use-inventory.ts'

const TONES: Readonly<Record<RebootedDevice['state'], string>> = {
  waiting: 'tone-quiet',
  telling: 'tone-live',
  done: 'tone-good',
  failed: 'tone-bad',
  unknown: 'tone-warn',
}

/** The list; nothing where nothing was ever rebooted. */
export function RebootList() {
  const reboots = useReboots()
  if (reboots.isError) {
    return <ErrorNote error={reboots.error} onRetry={() => void reboots.refetch()} />
  }
  if (reboots.data === undefined || reboots.data.length === 0) return null
  return (
    <section>
      <h2>Reboots</h2>
      {reboots.data.map((job, i) => (
        <Reboot key={job.jobId} job={job} isFirst={i === 0} />
      ))}
    </section>
  )
}

function Reboot({ job, isFirst }: { job: RebootJob; isFirst: boolean }) {
  const [isShown, setIsShown] = useState(isFirst)
  return (
    <details open={isShown} onToggle={(event) => setIsShown(event.currentTarget.open)}>
      <summary>
        {job.siteName}, <TimeText tUs={job.startAtUs} />: {job.state}{' '}
        <span className="dim">asked by {job.askedBy}</span>
      </summary>
      {isShown && <Devices job={job} />}
    </details>
  )
}

function Devices({ job }: { job: RebootJob }) {
  const devices = useRebootedDevices(job.jobId, job.state !== 'done')
  if (devices.data === undefined) return null
  if (devices.data.length === 0) return <p className="dim">The site had no devices.</p>
  return (
    <table>
      <tbody>
        {devices.data.map((device) => (
          <tr key={`${device.kind} ${device.id}`}>
            <th scope="row">{device.name}</th>
            <td>{device.kind}</td>
            <td>
              <span className={`state ${TONES[device.state]}`}>{device.state}</span>
            </td>
            <td>{device.result ?? ''}</td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}
