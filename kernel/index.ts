// What the server calls. The kernel is the innermost loop of the line: what is done for every
// packet of media, compiled to WebAssembly. It keeps nothing by itself: all state lies in memory
// that the server gives out.
export { copyBytes, takeFrame, takeRecords, writePacket } from './frame'
export { hash32, hash53 } from './hash'
export { placeNames, readHeaders } from './headers'
export { expectedOf, finishStream, measurePacket, placeProfiles } from './measure'
export { findStream, linkStream, placeStreams, unlinkStream } from './record'
