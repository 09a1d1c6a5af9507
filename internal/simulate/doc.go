// Package simulate is a small world that uses Claude: an API with real token buckets, apps that call it over HTTP and write
// logs as real ones do, and a storyline that puts both together for the demo.
//
// The world is outside the agent: it only answers HTTP and writes files. It runs on an injected clock and a seed, so that the
// same seed gives the same traffic, and it keeps exact books ([API.Truth]) that what an agent sees can be compared with.
package simulate
