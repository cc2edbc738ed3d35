// Every bound of the house, with its reason. Each has a counter of what it turned away, in the
// stats of the station that enforces it. Nothing grows without a line here.

import { DAY_US } from './day.ts'

export const limits = {
  /** A captured frame longer than this is damage: no link carries it. tcpdump's own ceiling. */
  frameBytesMax: 262_144,
  /** A pcapng block longer than this is damage, not data; Wireshark refuses the same. */
  captureBlockBytesMax: 16 * 1024 * 1024,
  /** Interfaces of one pcapng section; real files have a handful, hostile ones have millions. */
  captureInterfacesMax: 65_536,

  /** Tunnels and tags that one frame may nest before the rest is called opaque. */
  encapsulationDepthMax: 16,
  /** IP datagrams waiting for fragments, and the bytes they hold; the oldest goes first. */
  fragmentedDatagramsMax: 4_096,
  fragmentBytesMax: 64 * 1024 * 1024,
  /** Fragments of one datagram: 65,535 bytes in the smallest legal pieces of 8. */
  fragmentsPerDatagramMax: 8_192,
  /** Packet time after which an incomplete datagram is given up; RFC 791 and 8200 allow 60 s. */
  fragmentAgeUsMax: 30_000_000,

  /** TCP directions followed at once; the longest silent one goes first. */
  tcpStreamsMax: 65_536,
  /** Bytes held back in one direction while an earlier segment is missing, and in all of them. */
  tcpPendingBytesPerStreamMax: 1024 * 1024,
  tcpPendingBytesMax: 64 * 1024 * 1024,
  /** Packet time after which a hole in a TCP stream is called lost, so that the rest can go on. */
  tcpHoleAgeUsMax: 5_000_000,

  /** SCTP directions followed at once, and the bytes of fragments that they hold. */
  sctpDirectionsMax: 16_384,
  /** Fragments that one direction holds: a message of 1 MB in pieces of 1 KB. */
  sctpFragmentsMax: 1_024,
  sctpPendingBytesMax: 16 * 1024 * 1024,
  /**
   * Sequence numbers of one direction that are remembered, to know a repeated chunk: more than are
   * under way at once. A power of two, and a bit each.
   */
  sctpSequencesMax: 4_096,

  /** How far the time in a HEP packet may be from that of its arrival before it is disbelieved. */
  hepAheadUsMax: 600_000_000,
  /** A week: agents send late what they could not send while the way was cut. */
  hepBehindUsMax: 7 * DAY_US,

  /** Secrets of TLS connections kept, some 200 bytes each; the oldest goes first. */
  tlsSecretsMax: 200_000,
  /** Bytes of one TLS direction that wait for its secret, and of all of them together. */
  tlsPendingBytesPerStreamMax: 128 * 1024,
  tlsPendingBytesMax: 32 * 1024 * 1024,
  /** Bytes held of all WebSockets, and of the heads before them, until the rest comes. */
  webSocketPendingBytesMax: 128 * 1024 * 1024,
  /** An HTTP head that may turn a stream into a WebSocket. */
  upgradeHeadBytesMax: 16 * 1024,
  /** Bytes of plain HTTP after which one direction of a connection no longer turns into one. */
  plainHttpBytesMax: 1024 * 1024,

  /** Connections of HEP senders at once, in all and of one peer (many may stand behind it). */
  hepConnectionsMax: 4_096,
  /** Starts of our own agents of which it is known what they sent. */
  agentRunsMax: 4_096,
  hepConnectionsPerPeerMax: 256,
  /** Bytes without a packet after which a connection is no HEP. */
  hepGarbageBytesMax: 1024 * 1024,
  /** Bytes of one WebSocket message: four of the longest packets, held until it ends. */
  hepMessageBytesMax: 256 * 1024,
  /** How long a connection may be silent that has sent no packet yet, or only half of one. */
  hepSilentMsMax: 30_000,
  /** Bytes of the name that a HEP sender gives itself. */
  hepNodeBytesMax: 256,
  /** Senders whose arrivals are counted; the longest silent one is forgotten first. */
  arrivalsMax: 4_096,

  /** What was packed comes to as much as a packet of HEP holds, or to so many times its length. */
  unpackedBytesFree: 64 * 1024,
  unpackedRatioMax: 32,

  /** IPv6 addresses interned at once, some 100 bytes each. IPv4 needs no table. */
  addressesMax: 262_144,

  /** One SIP message with its body. Far above any real one; a wrong Content-Length stops here. */
  messageBytesMax: 1024 * 1024,
  /** Bytes that a stream may hold while we wait for the rest of one message. */
  streamBufferBytesMax: 1024 * 1024 + 65_536,

  /** Legs followed in memory at once; the longest silent one is stored and forgotten first. */
  openLegsMax: 200_000,
  /** Characters of their Call-IDs together: of 40 each, a quarter of it is used. */
  openLegsCallIdCharsMax: 32 * 1024 * 1024,
  /** Characters kept of a user, a host, a User-Agent or an odd method; the message has the rest. */
  headTextCharsMax: 256,
  /** Messages of one leg that its row points to; the earliest stay, the bytes of all are kept. */
  messagesPerLegMax: 10_000,
  /** Different endpoints, tags and odd methods that one leg lists. */
  endpointsPerLegMax: 250,
  tagsPerLegMax: 250,
  oddMethodsPerLegMax: 100,
  /** Messages of one leg whose Reason is kept, each at most 256 characters. */
  reasonsPerLegMax: 32,
  /** Users that one leg names beside those of From and To, each at most 256 characters. */
  identitiesPerLegMax: 16,
  /** Values of such headers that are read of one message: a History-Info grows with each hop. */
  identityValuesMax: 64,
  /** Values that may join one leg to others. */
  joinKeysPerLegMax: 16,
  /** Legs of one call; a value shared by more joins nothing further (it is no identity). */
  legsPerCallMax: 200,

  /** RTP streams followed at once, 900 bytes each; the longest silent one is stored first. */
  openStreamsMax: 100_000,
  /** Streams on probation: shaped like RTP, announced by nobody. */
  streamCandidatesMax: 8_192,
  /** Packets after which a stream that still contradicts itself is none. */
  probationPacketsMax: 64,
  /** Bytes of a stream's list of blocks, and of its stretches of five seconds: days of each. */
  streamBlockBytesMax: 256 * 1024,
  streamStretchBytesMax: 256 * 1024,
  /** Bytes of session descriptions that wait until media asks for them: some 20,000 of them. */
  sdpBacklogBytesMax: 8 * 1024 * 1024,
  /** Legs whose descriptions are known to the media of a line; the longest silent goes first. */
  mediaLegsMax: 100_000,
  /** Legs whose descriptions a line is told that begins while they go on; the newest. */
  earlierLegsMax: 8_192,
  /** Places of streams without a call that are asked about at once, after an import. */
  unboundPlacesMax: 32_768,
  /** Legs looked through for what began before such streams and ended meanwhile; the newest. */
  legsBeforeUnboundMax: 32_768,
  /** Descriptions that one leg may have at once, and ends that one of them may name. */
  sdpEndsPerLegMax: 1_024,
  /** Legs that may name one place at once; the first of them gives it up to yet another. */
  legsPerPlaceMax: 64,
  /** Pairs of ends whose connectivity checks are remembered: a call has a few. */
  checkedPairsMax: 65_536,
  /** Streams of one SSRC that a report is compared with. */
  streamsPerReportMax: 64,
  /** SSRCs that one announced end is believed at once; more must prove themselves. */
  ssrcsPerEndMax: 32,
  /** Senders of RTCP whose latest reports are remembered, for round trips. */
  rtcpSendersMax: 65_536,
  /** Streams that agents measured, held until somebody says whose they are. */
  measuredUnboundMax: 4_096,
  /**
   * Streams that only reports tell of, held until their packets come or nobody reports any more:
   * as many that agents and phones tell of, and as many that only the wire does.
   */
  reportedStreamsMax: 16_384,
  /** Different payload maps of one line. */
  payloadProfilesMax: 16_384,

  /**
   * Raw bytes of one stored block before it is compressed. Storing one costs half a millisecond
   * beside its bytes; reading a message back unpacks its block, in one.
   */
  blockBytes: 960 * 1024,
  /** Days that one import may open: a year and a month. Each costs an index of 200 KB. */
  daysPerImportMax: 400,
  /** Times that an import may end its open blocks early for frames of yet another day. */
  dayTurnsPerImportMax: 1_000,
  /** Days for which a writer holds an unfinished block. */
  openBlocksMax: 4,
  /** Notes (logs, call records) of one leg that are shown, and characters of one that are kept. */
  notesPerLegMax: 1_000,
  noteCharsMax: 16_384,
  /** Frames of a minute that may bring out a mistake of ours before the capture thread ends. */
  framesFailedPerMinuteMax: 100,
  /** Batches waiting for the store before live senders are held back, or dropped. */
  liveBatchesMax: 28,
  /**
   * Longest that live frames wait before they are stored, µs: where many come, and where few do.
   */
  liveFlushUs: 250_000,
  liveWaitUsMax: 600_000,
  /** Bytes from which on a live block is worth storing early: small ones cost their header each. */
  liveBlockBytesMin: 32 * 1024,
  /** How long what is open may wait to be stored as far as it has come, µs. */
  liveOpenWaitUsMax: 5_000_000,
  /** Live bytes a second that make a rush, in which things wait longer: some 7,500 messages. */
  liveRushBytesPerSecond: 4 * 1024 * 1024,
  liveRushFlushUs: 1_000_000,
  liveRushOpenWaitUs: 10_000_000,
  /** Blocks in which a message may lie that was cut into packets, while its line goes on. */
  unfinishedBlocksMax: 16,
  /** Batches waiting for the store before reading of files stops. */
  batchesInFlightMax: 10,

  /** Rows that one page of an API may hold. */
  pageRowsMax: 1_000,
  /** Calls that one export may hold. */
  exportCallsMax: 1_000,
  /** A JSON request body. Uploads of captures have no bound but the disk. */
  requestBodyBytesMax: 1024 * 1024,
} as const

export type Limits = { readonly [K in keyof typeof limits]: number }
