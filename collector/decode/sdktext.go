package decode

import "bytes"

// decodeSDK reads the TypeScript SDK's line of an attempt: post https://api.anthropic.com/v1/messages failed with status 429 in 57ms.
func decodeSDK(d *Decoder, e entry) (result, bool) {
	if docStart(e.text) >= 0 || !bytes.Contains(e.text, []byte("://")) || sdkLine(e.text) {
		return result{}, false
	}
	if d.asked.retold(e.text) {
		return result{format: "python-sdk", skipped: SkippedRepeated}, true
	}
	r := d.newRecord()
	if !r.spoken(e.text) || statusWord(e.text) == 0 {
		return result{}, false
	}
	r.block(e.text)
	r.said(e.text)
	return d.named(r, e, "sdk", e.text), true
}

// decodeText reads a line without JSON: headers or an object as some language prints them.
func decodeText(d *Decoder, e entry) (result, bool) {
	if d.asked.retold(e.text) {
		return result{format: "python-sdk", skipped: SkippedRepeated}, true
	}
	r := d.newRecord()
	r.free(e.text)
	return d.named(r, e, "text", e.text), true
}
