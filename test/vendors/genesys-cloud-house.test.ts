// The operations about the house (regions, phones, sites) and about a conversation's message,
// through two releases of the vendor's client: every field, every error form.
import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import {
  headerOf,
  type SippDevice,
  startSippDevice,
  withoutSipp,
} from '../../src/inventory/reboot/sipp-device.fixture.ts'
import { capturePath, makeDataFolder, runEarshot, serveEarshot } from './earshot-process.ts'
import { type Question, releases, tokenFor, type VendorError } from './genesys-releases.ts'

const CAPTURE = 'sipnab__register-invite-reinvite-bye.pcap'
const CALL_ID = '1-3812687@127.0.0.1'
const ALL = [
  'telephony:pcap:view',
  'telephony:pcap:add',
  'telephony:plugin:all',
  'internal:site:edit',
]
const PHONE_ID = 'p hone/1'
const SITE_ID = 'site: London'

const house = (devicePorts: readonly number[]) => ({
  sites: [
    { id: SITE_ID, name: 'London' },
    ...devicePorts.map((_, i) => ({ id: `site-${i}`, name: `Site ${i}` })),
  ],
  edges: [
    { id: 'edge 1', name: 'Edge one', siteId: SITE_ID, address: '192.0.2.10' },
    { id: 'e2', name: 'Edge two', siteId: SITE_ID, address: 'e2.example', transport: 'TLS' },
  ],
  phones: [
    {
      id: PHONE_ID,
      name: 'Reception <1>',
      siteId: SITE_ID,
      hardwareId: '00:11:22:AA:BB:CC',
      model: 'Yealink T46U',
      aor: 'sip:100@pbx.example',
      values: { user: 'u100', password: 'p&w', vlan: 20 },
    },
    {
      id: 'soft',
      name: 'Soft',
      hardwareId: 'desk-7.example.com',
      primary: [
        {
          registrar: 'sip.example',
          port: 5071,
          transport: 'TCP',
          edgeId: 'edge 1',
          trunkBase: { id: 't/1', name: 'Trunk' },
        },
      ],
    },
    ...devicePorts.map((port, i) => ({
      id: `device-${i}`,
      name: `Device ${i}`,
      siteId: `site-${i}`,
      contact: `sip:${i}@127.0.0.1:${port}`,
    })),
  ],
  mediaRegions: {
    home: 'eu-west-2',
    core: ['eu-west-2', 'us-east-1'],
    satellite: ['ap-south-1'],
    networks: { 'eu-west-2': ['10.0.0.0/8'] },
  },
})

const questions = {
  mediaRegions: {
    method: 'GET',
    path: '/api/v2/telephony/mediaregions',
    own: ['getTelephonyMediaregions'],
  },
  phoneSettings: (phoneId: string): Question => ({
    method: 'GET',
    path: '/api/v2/telephony/phone/{phoneId}/settings',
    inPath: { phoneId },
    own: ['getTelephonyPhonePhoneIdSettings', phoneId],
  }),
  phonehome: (hardwareId: string): Question => ({
    method: 'GET',
    path: '/api/v2/telephony/phonehome/phoneconfiguration/{hardwareId}',
    inPath: { hardwareId },
    own: ['getTelephonyPhonehomePhoneconfigurationHardwareId', hardwareId],
  }),
  sipmessage: (conversationId: string): Question => ({
    method: 'GET',
    path: '/api/v2/telephony/sipmessages/conversations/{conversationId}',
    inPath: { conversationId },
    own: ['getTelephonySipmessagesConversation', conversationId],
  }),
  sipheaders: (conversationId: string, keys?: readonly string[]): Question => ({
    method: 'GET',
    path: '/api/v2/telephony/sipmessages/conversations/{conversationId}/headers',
    inPath: { conversationId },
    inQuery: keys === undefined ? {} : { keys },
    own: [
      'getTelephonySipmessagesConversationHeaders',
      conversationId,
      ...(keys === undefined ? [] : [{ keys }]),
    ],
  }),
  siptraces: {
    method: 'GET',
    path: '/api/v2/telephony/siptraces',
    own: [
      'getTelephonySiptraces',
      '2026-06-24T00:00:00.000Z',
      '2026-06-25T00:00:00.000Z',
      { callId: CALL_ID },
    ],
  },
  download: (downloadId: string): Question => ({
    method: 'GET',
    path: '/api/v2/telephony/siptraces/download/{downloadId}',
    inPath: { downloadId },
    own: ['getTelephonySiptracesDownloadDownloadId', downloadId],
  }),
  order: (body: object): Question => ({
    method: 'POST',
    path: '/api/v2/telephony/siptraces/download',
    body,
    own: ['postTelephonySiptracesDownload', body],
  }),
  reboot: (siteId: string): Question => ({
    method: 'POST',
    path: '/api/v2/telephony/providers/edges/sites/{siteId}/schedulereboot',
    inPath: { siteId },
    own: ['postTelephonyProvidersEdgesSiteSchedulereboot', siteId],
  }),
} as const satisfies Record<string, Question | ((...args: never[]) => Question)>

const ends: (() => unknown)[] = []
const shared = { after: (end: () => unknown) => void ends.unshift(end) }
const dataFolder = makeDataFolder(shared)
const devices: SippDevice[] = []
const tokens = new Map<string, string>()
let port = 0

before(async () => {
  if (withoutSipp === false) {
    for (const _ of releases) devices.push(await startSippDevice(shared))
  }
  const inventory = join(dataFolder, 'house.json')
  writeFileSync(inventory, JSON.stringify(house(devices.map((device) => device.port))))
  for (const [id, permissions] of [
    ['ID', ALL],
    ...ALL.map((permission) => [permission.replaceAll(':', '-'), [permission]] as const),
  ] as const) {
    const text = `account create --dialect genesys-cloud --id ${id} --secret SECRET --json`
    runEarshot([...text.split(' '), '--permission', permissions.join(','), '--data', dataFolder])
  }
  const flags = ['--inventory', inventory, '--reboot-delay-seconds', '0']
  const files = [capturePath(CAPTURE)]
  port = (await serveEarshot(shared, { dataFolder, files, flags })).port
  for (const id of ['ID', ...ALL.map((permission) => permission.replaceAll(':', '-'))]) {
    tokens.set(id, await tokenFor(port, id, 'SECRET'))
  }
})
after(async () => {
  for (const end of ends) await end()
})

for (const [nth, release] of releases.entries()) {
  describe(`purecloud-platform-client-v2 ${release.name}`, () => {
    const ask = async (question: Question, account = 'ID'): Promise<unknown> => {
      release.connect(port, tokens.get(account))
      const { value, error } = await release.ask(question)
      assert.equal(error, undefined)
      return value
    }
    const refusal = async (question: Question, account = 'ID'): Promise<VendorError> => {
      release.connect(port, tokens.get(account))
      const { error } = await release.ask(question)
      assert.ok(error !== undefined, 'it was to be refused')
      assert.match(error.contextId, /^[\da-f-]{36}$/)
      assert.deepEqual(error.errors, [])
      return error
    }
    const conversationOf = async (): Promise<string> => {
      const { data } = (await ask(questions.siptraces)) as { data: { conversationId: string }[] }
      return data[0]?.conversationId ?? ''
    }

    test('media regions are those of the inventory', async () => {
      assert.deepEqual(await ask(questions.mediaRegions), {
        awsHomeRegion: 'eu-west-2',
        awsCoreRegions: ['eu-west-2', 'us-east-1'],
        awsSatelliteRegions: ['ap-south-1'],
      })
    })

    test('a phone registers with the edges of its site, or as it was written', async () => {
      const edges = '/api/v2/telephony/providers/edges'
      assert.deepEqual(await ask(questions.phoneSettings(PHONE_ID)), {
        primary: [
          {
            edge: { id: 'edge 1', name: 'Edge one', selfUri: `${edges}/edge%201` },
            registrar: '192.0.2.10',
            port: 5060,
            transportProtocol: 'UDP',
          },
        ],
        secondary: [
          {
            edge: { id: 'e2', name: 'Edge two', selfUri: `${edges}/e2` },
            registrar: 'e2.example',
            port: 5061,
            transportProtocol: 'TLS',
          },
        ],
      })
      assert.deepEqual(await ask(questions.phoneSettings('soft')), {
        primary: [
          {
            trunkBase: { id: 't/1', name: 'Trunk', selfUri: `${edges}/trunkbasesettings/t%2F1` },
            edge: { id: 'edge 1', name: 'Edge one', selfUri: `${edges}/edge%201` },
            registrar: 'sip.example',
            port: 5071,
            transportProtocol: 'TCP',
          },
        ],
        secondary: [],
      })
    })

    test('a phone fetches its configuration by MAC address or name, with no account', async () => {
      for (const account of ['nobody', 'ID']) {
        for (const hardwareId of ['00:11:22:aa:bb:cc', '001122AABBCC', '00-11-22-AA-BB-CC']) {
          const value = (await ask(questions.phonehome(hardwareId), account)) as {
            fileName: string
            lines: string[]
          }
          assert.equal(value.fileName, '001122aabbcc.cfg')
          for (const line of [
            'account.1.label = Reception <1>',
            'account.1.user_name = 100',
            'account.1.password = p&w',
            'account.1.sip_server.1.address = 192.0.2.10',
            'account.1.sip_server.2.address = e2.example',
            'network.vlan.internet_port_vid = 20',
          ]) {
            assert.ok(value.lines.includes(line), line)
          }
        }
      }
      const soft = (await ask(questions.phonehome('Desk-7.Example.COM'), 'nobody')) as object
      assert.deepEqual(soft, {
        hardwareId: 'desk-7.example.com',
        name: 'Soft',
        model: 'unknown',
        site: 'none',
        account: { addressOfRecord: '', user: '', password: '' },
        registrars: [{ registrar: 'sip.example', port: 5071, transport: 'TCP' }],
      })
    })

    test('a conversation begins with its INVITE, as it was captured', async () => {
      const conversationId = await conversationOf()
      const found = (await ask(questions.sipmessage(conversationId))) as Record<string, string>
      const { id, name, message = '', selfUri } = found
      assert.deepEqual([id, name], [conversationId, CALL_ID])
      assert.equal(
        selfUri,
        `/api/v2/telephony/sipmessages/conversations/${encodeURIComponent(conversationId)}`,
      )
      assert.ok(message.startsWith('INVITE sip:'))
      assert.ok(message.includes(`Call-ID: ${CALL_ID}\r\n`))
      assert.ok(readFileSync(capturePath(CAPTURE)).includes(message))
    })

    test('its headers come by key, in lower case, and all without keys', async () => {
      const conversationId = await conversationOf()
      const headersOf = async (keys?: readonly string[]) => {
        const value = await ask(questions.sipheaders(conversationId, keys))
        return (value as { headers: Record<string, string[]> }).headers
      }
      const some = await headersOf(['ruri', 'To', 'f', 'nothing-like-it'])
      assert.deepEqual(Object.keys(some).sort(), ['f', 'ruri', 'to'])
      assert.match(some['ruri']?.[0] ?? '', /^sip:bob@/)
      assert.match(some['to']?.[0] ?? '', /sip:bob@/)
      assert.match(some['f']?.[0] ?? '', /sip:alice@.*;tag=/)
      const all = await headersOf()
      for (const key of ['ruri', 'via', 'from', 'to', 'call-id', 'cseq', 'contact']) {
        assert.equal(all[key]?.length, 1, key)
      }
      assert.deepEqual(all['call-id'], [CALL_ID])
    })

    test('a download is ordered, and has an address that is signed', async () => {
      const window = { dateStart: '2026-06-24T00:00:00.000Z', dateEnd: '2026-06-25T00:00:00.000Z' }
      const order = questions.order({ ...window, callId: CALL_ID })
      const { downloadId } = (await ask(order)) as { downloadId: string }
      for (;;) {
        release.connect(port, tokens.get('ID'))
        const { value } = await release.ask(questions.download(downloadId))
        if (value === undefined) {
          await sleep(100)
          continue
        }
        const { id, url } = value as { id: string; url: string }
        assert.equal(id, downloadId)
        const bytes = Buffer.from(await (await fetch(url)).arrayBuffer())
        assert.equal(bytes.subarray(0, 4).toString('hex'), 'd4c3b2a1')
        break
      }
      // Another account of the same permissions does not even learn that it is there.
      const foreign = await refusal(questions.download(downloadId), 'telephony-pcap-view')
      assert.deepEqual([foreign.status, foreign.code], [404, 'not.found'])
    })

    test('a site is rebooted: its phone is told once', { skip: withoutSipp }, async () => {
      const device = devices[nth]
      assert.ok(device !== undefined)
      const value = await ask(questions.reboot(`site-${nth}`))
      // An empty body becomes what the release makes of one.
      assert.deepEqual(value, release.name === '262.0.0' ? undefined : {})
      assert.equal(await device.ended, 0)
      // What a slow device is sent again is the same request, byte for byte.
      const [request, ...others] = new Set(device.received())
      assert.deepEqual(others, [])
      assert.equal(headerOf(request, 'Event'), 'check-sync')
    })

    test('what is not there is 404, with the id of what was asked for', async () => {
      for (const [question, code, entityId] of [
        [questions.phoneSettings('a/b c'), 'entity.not.found', 'a/b c'],
        [questions.phonehome('00:00:00:00:00:01'), 'entity.not.found', '00:00:00:00:00:01'],
        [questions.reboot('nowhere'), 'entity.not.found', 'nowhere'],
        [questions.sipmessage('nothing'), 'not.found', undefined],
        [questions.sipheaders('nothing', ['to']), 'not.found', undefined],
        [questions.download('nothing'), 'not.found', undefined],
      ] as const) {
        const error = await refusal(question)
        assert.deepEqual([error.status, error.code, error.entityId], [404, code, entityId])
      }
    })

    test('who lacks a permission is told which, in the form of its rule', async () => {
      for (const [question, permission, code] of [
        [questions.mediaRegions, 'telephony:plugin:all', 'missing.any.permissions'],
        [questions.phoneSettings('x'), 'telephony:plugin:all', 'missing.any.permissions'],
        [questions.reboot(SITE_ID), 'internal:site:edit', 'missing.any.permissions'],
        [questions.sipmessage('x'), 'telephony:pcap:view', 'missing.permissions'],
        [questions.sipheaders('x'), 'telephony:pcap:view', 'missing.permissions'],
        [questions.siptraces, 'telephony:pcap:view', 'missing.permissions'],
        [questions.download('x'), 'telephony:pcap:view', 'missing.permissions'],
        [questions.order({}), 'telephony:pcap:add', 'missing.permissions'],
      ] as const) {
        const holder = permission.replaceAll(':', '-')
        const others = ALL.map((each) => each.replaceAll(':', '-')).filter((id) => id !== holder)
        const error = await refusal(question, others[0])
        assert.deepEqual([error.status, error.code], [403, code])
        assert.deepEqual(error.messageParams, { permissions: permission })
        release.connect(port, tokens.get(holder))
        const { error: own } = await release.ask(question)
        assert.notEqual(own?.status, 403, `${permission} is enough`)
      }
    })

    test('who has no token, or a wrong one, is refused everywhere but at phonehome', async () => {
      tokens.set('wrong', 'made-up')
      for (const question of [
        questions.mediaRegions,
        questions.phoneSettings('x'),
        questions.sipmessage('x'),
        questions.siptraces,
        questions.reboot(SITE_ID),
      ]) {
        assert.equal((await refusal(question, 'wrong')).code, 'bad.credentials')
        assert.equal((await refusal(question, 'nobody')).code, 'authentication.required')
      }
      await ask(questions.phonehome('desk-7.example.com'), 'wrong')
    })
  })
}

test('keys that are given both ways are all read', async () => {
  const authorization = `Bearer ${tokens.get('ID')}`
  const ask = async (path: string) =>
    (
      await fetch(`http://127.0.0.1:${port}/api/v2/telephony/${path}`, {
        headers: { authorization },
      })
    ).json() as Promise<{ data: { conversationId: string }[]; headers: object }>
  const window = 'dateStart=2026-06-24T00:00:00.000Z&dateEnd=2026-06-25T00:00:00.000Z'
  const { data } = await ask(`siptraces?${window}&callId=${encodeURIComponent(CALL_ID)}`)
  const path = `sipmessages/conversations/${data[0]?.conversationId}/headers`
  const { headers } = await ask(`${path}?keys=ruri,to&keys=from&keys=`)
  assert.deepEqual(Object.keys(headers).sort(), ['from', 'ruri', 'to'])
})
