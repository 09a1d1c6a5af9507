package webhook

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strconv"
	"time"
)

// SignatureHeader holds the time of the request and its signature, as in "t=1795262400,v1=5257a8...": the HMAC-SHA256 under the
// secret of the time as it stands there, a dot and the body, in hexadecimal.
const SignatureHeader = "Claudewatch-Signature"

func sign(secret string, body []byte, now time.Time) string {
	t := strconv.FormatInt(now.Unix(), 10)
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte(t + "."))
	mac.Write(body)
	return fmt.Sprintf("t=%s,v1=%s", t, hex.EncodeToString(mac.Sum(nil)))
}
