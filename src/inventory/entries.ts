// What the operator writes of sites, edges, phones and media regions, as schemas: a file and the
// API are checked by the same ones. What is left out is filled by inventory.ts.
import { type Static, Type } from 'typebox'

const Text = (description: string, maxLength = 500) =>
  Type.String({ minLength: 1, maxLength, description })
const Port = Type.Integer({ minimum: 1, maximum: 65_535 })
const Networks = Type.Array(Text('Address, or network with its prefix length', 50), {
  maxItems: 1_000,
})

const NotifyWay = Type.Object(
  {
    by: Type.Literal('notify'),
    uri: Type.Optional(Text('Request-URI; by default the contact, of an edge its address')),
    to: Type.Optional(Text('Address of record; by default the one that is known, else the uri')),
    proxy: Type.Optional(Text('Where to send instead of to the uri: `10.0.0.1:5060`')),
    transport: Type.Optional(Type.Union([Type.Literal('udp'), Type.Literal('tcp')])),
    event: Type.Optional(Text('Event header; by default `check-sync`')),
    user: Type.Optional(Text('For a digest challenge (RFC 3261 §22)')),
    password: Type.Optional(Text('For a digest challenge')),
  },
  { additionalProperties: false },
)

const HttpWay = Type.Object(
  {
    by: Type.Literal('http'),
    url: Type.String({ pattern: '^https?://', maxLength: 2_000 }),
    method: Type.Optional(
      Type.Union([Type.Literal('GET'), Type.Literal('POST'), Type.Literal('PUT')]),
    ),
    headers: Type.Optional(Type.Record(Type.String({ maxLength: 200 }), Text('Value', 4_000))),
    body: Type.Optional(Type.String({ maxLength: 65_536 })),
  },
  { additionalProperties: false },
)

const CommandWay = Type.Object(
  {
    by: Type.Literal('command'),
    command: Type.Array(Type.String({ maxLength: 4_000 }), {
      minItems: 1,
      maxItems: 100,
      description: 'Program and arguments; no shell. `{id}`, `{name}`, `{address}` are filled in',
    }),
  },
  { additionalProperties: false },
)

/** How a device is told to restart. */
export const RebootWaySchema = Type.Union([NotifyWay, HttpWay, CommandWay])
export type RebootWay = Static<typeof RebootWaySchema>
export type NotifyWay = Static<typeof NotifyWay>
export type HttpWay = Static<typeof HttpWay>
export type CommandWay = Static<typeof CommandWay>

const RegistrationSchema = Type.Object(
  {
    registrar: Text('Host or address'),
    port: Type.Optional(Port),
    transport: Type.Optional(
      Type.Union([Type.Literal('UDP'), Type.Literal('TCP'), Type.Literal('TLS')]),
    ),
    edgeId: Type.Optional(Text('The edge that it is')),
    trunkBase: Type.Optional(
      Type.Object(
        { id: Type.Optional(Text('Id')), name: Type.Optional(Text('Name')) },
        { additionalProperties: false },
      ),
    ),
  },
  { additionalProperties: false },
)
export type WrittenRegistration = Static<typeof RegistrationSchema>

const named = {
  id: Type.Optional(Text('By default made from the name, the same each time', 200)),
  name: Type.Optional(Text('Name')),
}

export const SiteSchema = Type.Object(
  {
    ...named,
    name: Text('Name'),
    networks: Type.Optional(Networks),
    accounts: Type.Optional(
      Type.Array(Text('Id of a Genesys Cloud account'), {
        maxItems: 1_000,
        description: 'Accounts with a scope that may see the site; those without one always may',
      }),
    ),
    phoneReboot: Type.Optional(RebootWaySchema),
    edgeReboot: Type.Optional(RebootWaySchema),
  },
  { additionalProperties: false },
)
export type WrittenSite = Static<typeof SiteSchema>

export const EdgeSchema = Type.Object(
  {
    ...named,
    name: Text('Name'),
    siteId: Type.Optional(Text('Id of its site')),
    address: Text('Host or address'),
    port: Type.Optional(Port),
    transport: Type.Optional(
      Type.Union([Type.Literal('UDP'), Type.Literal('TCP'), Type.Literal('TLS')]),
    ),
    reboot: Type.Optional(RebootWaySchema),
  },
  { additionalProperties: false },
)
export type WrittenEdge = Static<typeof EdgeSchema>

export const PhoneSchema = Type.Object(
  {
    ...named,
    siteId: Type.Optional(Text('Id of its site')),
    hardwareId: Type.Optional(Text('MAC address in any form, or the name of a soft phone')),
    model: Type.Optional(Text('Names the template: `Yealink T46U` is yealink-t46u.json')),
    aor: Type.Optional(Text('Address of record: `sip:100@pbx.example`')),
    contact: Type.Optional(Text('Where it listens: `sip:100@10.0.0.9:5060`')),
    primary: Type.Optional(Type.Array(RegistrationSchema, { maxItems: 16 })),
    secondary: Type.Optional(Type.Array(RegistrationSchema, { maxItems: 16 })),
    values: Type.Optional(
      Type.Record(
        Type.String({ maxLength: 100 }),
        Type.Union([Type.String({ maxLength: 4_000 }), Type.Number(), Type.Boolean()]),
        { description: 'What its template fills in beside the rest' },
      ),
    ),
    reboot: Type.Optional(RebootWaySchema),
  },
  { additionalProperties: false },
)
export type WrittenPhone = Static<typeof PhoneSchema>

export const RegionsSchema = Type.Object(
  {
    home: Type.Optional(Text('Region that the house is in: `us-east-1`', 100)),
    core: Type.Optional(Type.Array(Text('Region', 100), { maxItems: 100 })),
    satellite: Type.Optional(Type.Array(Text('Region for media alone', 100), { maxItems: 100 })),
    networks: Type.Optional(
      Type.Record(Type.String({ maxLength: 100 }), Networks, {
        description: 'Media addresses of each region',
      }),
    ),
  },
  { additionalProperties: false },
)

/** A whole file. */
export const InventorySchema = Type.Object(
  {
    sites: Type.Optional(Type.Array(SiteSchema, { maxItems: 10_000 })),
    edges: Type.Optional(Type.Array(EdgeSchema, { maxItems: 10_000 })),
    phones: Type.Optional(Type.Array(PhoneSchema, { maxItems: 200_000 })),
    mediaRegions: Type.Optional(RegionsSchema),
  },
  { additionalProperties: false },
)
export type WrittenInventory = Static<typeof InventorySchema>

/** What an entry is. */
export const ENTRY_KINDS = ['sites', 'edges', 'phones'] as const
export type EntryKind = (typeof ENTRY_KINDS)[number]
export type WrittenEntry = WrittenSite | WrittenEdge | WrittenPhone

export const entrySchemas = { sites: SiteSchema, edges: EdgeSchema, phones: PhoneSchema } as const
